#include "segments/digest.h"

#include <fmt/format.h>
#define XXH_STATIC_LINKING_ONLY  // for the size of the state; the archive that is linked is the header's own
#include <xxhash.h>

#include <charconv>

#include "segments/digest_avx2.h"

namespace walkit {
namespace {

constexpr std::size_t kHalfDigits = 16;

// Only the digits that hex() writes: upper-case ones would be a second spelling of the same digest.
std::optional<std::uint64_t> parse_half(std::string_view digits) {
  if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) return {};
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

using Update = void(void* state, const void* bytes, std::size_t size);

void update_xxh3(void* state, const void* bytes, std::size_t size) {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state), bytes, size);
}

Update* fastest_update() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2")) return update_xxh3_avx2;
#endif
  return update_xxh3;
}

Digest digest_from(XXH128_hash_t hash) { return {.high = hash.high64, .low = hash.low64}; }

}  // namespace

std::string Digest::hex() const { return fmt::format("{:016x}{:016x}", high, low); }

std::optional<Digest> Digest::from_hex(std::string_view text) {
  if (text.size() != 2 * kHalfDigits) return {};
  const auto high = parse_half(text.substr(0, kHalfDigits));
  const auto low = parse_half(text.substr(kHalfDigits));
  if (!high || !low) return {};
  return Digest{.high = *high, .low = *low};
}

struct Digester::State {
  State() { XXH3_128bits_reset(&xxh3); }
  XXH3_state_t xxh3;
};

Digester::Digester() : state_(std::make_unique<State>()) {}
Digester::~Digester() = default;
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;

void Digester::update(ByteSpan bytes) {
  static Update* const update = fastest_update();
  update(&state_->xxh3, bytes.data(), bytes.size());
}
Digest Digester::value() const { return digest_from(XXH3_128bits_digest(&state_->xxh3)); }

Digest digest_of(ByteSpan bytes) { return digest_from(XXH3_128bits(bytes.data(), bytes.size())); }
std::uint64_t checksum64(ByteSpan bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace walkit
