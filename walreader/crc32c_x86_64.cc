// CRC-32C with x86-64's crc32 instruction (SSE4.2) and carry-less multiplication (PCLMULQDQ, VPCLMULQDQ).
//
// The functions carry their own target attributes, so that the program as a whole runs on any x86-64.
#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>

#include "walreader/bytes.h"
#include "walreader/crc32c_kernels.h"

#define WALKIT_SSE42 __attribute__((target("sse4.2,pclmul")))
#define WALKIT_AVX512 __attribute__((target("sse4.2,pclmul,avx512f,avx512vl,vpclmulqdq")))

namespace walkit::crc32c {
namespace {

// --- SSE4.2: the crc32 instruction takes 8 bytes, yields after 3 cycles, and may start every cycle. So
// inputs that are not tiny are cut into three parts of equal length, whose checksums run side by side.

/// Longest part, in 8-byte words: it bounds the table, and makes joining the parts a small share of the work.
constexpr std::size_t kMaxPartWords = 128;
/// Below this, joining the parts costs more than it saves.
constexpr std::size_t kMinInterleavedSize = 96;

/// Entry n moves a checksum over n words of zeros. Multiplying two reflected 32-bit values without carry
/// gives, read as the 8 bytes of a message, their product times x; the crc32 instruction that reduces it
/// multiplies by another x^32. Both are taken off here.
constexpr auto kSkipWords = [] {
  std::array<std::uint32_t, 2 * kMaxPartWords + 1> skip{};
  skip[1] = x_to(64 - 33);
  for (std::size_t words = 2; words < skip.size(); ++words) skip[words] = times_x_to(skip[words - 1], 64);
  return skip;
}();

WALKIT_SSE42 inline std::uint32_t crc_word(std::uint32_t state, const std::byte* bytes) {
  return static_cast<std::uint32_t>(_mm_crc32_u64(state, load_le<std::uint64_t>(bytes)));
}

WALKIT_SSE42 inline std::uint32_t extend_serially(std::uint32_t state, const std::byte* bytes,
                                                  std::size_t size) {
  for (; size >= 8; bytes += 8, size -= 8) state = crc_word(state, bytes);
  if ((size & 4) != 0) {
    state = _mm_crc32_u32(state, load_le<std::uint32_t>(bytes));
    bytes += 4;
  }
  if ((size & 2) != 0) {
    state = _mm_crc32_u16(state, load_le<std::uint16_t>(bytes));
    bytes += 2;
  }
  return (size & 1) != 0 ? _mm_crc32_u8(state, load_le<std::uint8_t>(bytes)) : state;
}

/// The message of 8 bytes whose checksum, from a zero state, is `state` moved over `words` words of zeros.
WALKIT_SSE42 inline std::uint64_t skip_words(std::uint32_t state, std::size_t words) {
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128(static_cast<int>(state)),
                                               _mm_cvtsi32_si128(static_cast<int>(kSkipWords[words])), 0);
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
}

/// Advances over three adjacent parts of `words` words each.
WALKIT_SSE42 inline std::uint32_t extend_three_parts(std::uint32_t state, const std::byte* bytes,
                                                     std::size_t words) {
  const std::size_t part = words * 8;
  std::uint32_t second = 0;
  std::uint32_t third = 0;
  for (const std::byte* end = bytes + part; bytes != end; bytes += 8) {
    state = crc_word(state, bytes);
    second = crc_word(second, bytes + part);
    third = crc_word(third, bytes + 2 * part);
  }
  const std::uint64_t joined = skip_words(state, 2 * words) ^ skip_words(second, words);
  return third ^ static_cast<std::uint32_t>(_mm_crc32_u64(0, joined));
}

// --- AVX-512: folding. A block A that lies D bits before a block B may be replaced by A * x^D, reduced to
// the size of a block and added to B, without changing the checksum. Each 128-bit lane folds as two 64-bit
// halves; the half that comes first in memory is the higher one.

/// The two multipliers, for the first and the second half, that fold a lane over `distance_bits`. A product
/// of reflected 64-bit values carries one x too many, which is taken off; a remainder, being of 32 bits, sits
/// in the upper half of its 64.
struct FoldBy {
  explicit constexpr FoldBy(unsigned distance_bits)
      : first(std::uint64_t{x_to(distance_bits + 64 - 1)} << 32),
        second(std::uint64_t{x_to(distance_bits - 1)} << 32) {}
  std::uint64_t first;
  std::uint64_t second;
};

constexpr std::size_t kBlock = 64;
constexpr FoldBy kFoldLane{128};
constexpr std::array<FoldBy, 4> kFoldBlocks = {FoldBy{512}, FoldBy{1024}, FoldBy{1536}, FoldBy{2048}};

WALKIT_AVX512 inline __m128i multipliers(const FoldBy& by) {
  return _mm_set_epi64x(static_cast<long long>(by.second), static_cast<long long>(by.first));
}

/// The multipliers for folding over 1 to 4 blocks, in every lane.
WALKIT_AVX512 inline __m512i block_multipliers(int blocks) {
  const FoldBy& by = kFoldBlocks[static_cast<std::size_t>(blocks - 1)];
  const auto first = static_cast<long long>(by.first);
  const auto second = static_cast<long long>(by.second);
  return _mm512_set4_epi64(second, first, second, first);
}

WALKIT_AVX512 inline __m512i load_block(const std::byte* bytes) { return _mm512_loadu_si512(bytes); }

WALKIT_AVX512 inline __m512i fold(__m512i block, __m512i by, __m512i onto) {
  constexpr int kXor3 = 0x96;
  return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(block, by, 0x00),
                                   _mm512_clmulepi64_epi128(block, by, 0x11), onto, kXor3);
}

WALKIT_AVX512 inline __m128i fold(__m128i lane, __m128i by, __m128i onto) {
  constexpr int kXor3 = 0x96;
  return _mm_ternarylogic_epi64(_mm_clmulepi64_si128(lane, by, 0x00), _mm_clmulepi64_si128(lane, by, 0x11),
                                onto, kXor3);
}

/// The state after a message of one block, from a zero state.
WALKIT_AVX512 inline std::uint32_t crc_of_block(__m512i block) {
  __m128i lanes[kBlock / sizeof(__m128i)];
  _mm512_storeu_si512(lanes, block);
  const __m128i by = multipliers(kFoldLane);
  const __m128i lane = fold(fold(fold(lanes[0], by, lanes[1]), by, lanes[2]), by, lanes[3]);
  const auto first = static_cast<std::uint64_t>(_mm_cvtsi128_si64(lane));
  const auto second = static_cast<std::uint64_t>(_mm_extract_epi64(lane, 1));
  return static_cast<std::uint32_t>(_mm_crc32_u64(_mm_crc32_u64(0, first), second));
}

/// Folding has a start-up cost that shorter inputs do not earn back.
constexpr std::size_t kMinFoldedSize = 4 * kBlock;

}  // namespace

bool supports_sse42() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
}

WALKIT_SSE42 std::uint32_t extend_sse42(std::uint32_t state, const std::byte* bytes, std::size_t size) {
  while (size >= kMinInterleavedSize) {
    const std::size_t words = std::min(size / 24, kMaxPartWords);
    state = extend_three_parts(state, bytes, words);
    bytes += words * 24;
    size -= words * 24;
  }
  return extend_serially(state, bytes, size);
}

bool supports_avx512() {
  return supports_sse42() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("vpclmulqdq");
}

WALKIT_AVX512 std::uint32_t extend_avx512(std::uint32_t state, const std::byte* bytes, std::size_t size) {
  if (size < kMinFoldedSize) return extend_sse42(state, bytes, size);

  // Four accumulators hide the latency of the multiplications. The state is added to the first 4 bytes.
  const __m512i start = _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(state)));
  __m512i a = _mm512_xor_si512(load_block(bytes), start);
  __m512i b = load_block(bytes + kBlock);
  __m512i c = load_block(bytes + 2 * kBlock);
  __m512i d = load_block(bytes + 3 * kBlock);
  bytes += 4 * kBlock;
  size -= 4 * kBlock;

  const __m512i by_four = block_multipliers(4);
  for (; size >= 4 * kBlock; bytes += 4 * kBlock, size -= 4 * kBlock) {
    a = fold(a, by_four, load_block(bytes));
    b = fold(b, by_four, load_block(bytes + kBlock));
    c = fold(c, by_four, load_block(bytes + 2 * kBlock));
    d = fold(d, by_four, load_block(bytes + 3 * kBlock));
  }

  const __m512i by_one = block_multipliers(1);
  d = fold(a, block_multipliers(3), fold(b, block_multipliers(2), fold(c, by_one, d)));
  for (; size >= kBlock; bytes += kBlock, size -= kBlock) d = fold(d, by_one, load_block(bytes));
  return extend_serially(crc_of_block(d), bytes, size);
}

}  // namespace walkit::crc32c

#endif  // __x86_64__
