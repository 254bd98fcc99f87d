// Types that are bytes or bits: bytea, bit, uuid, macaddr.
#include "walreader/bytes.h"

#include <array>

#include "feed/values/append.h"
#include "feed/values/printers.h"

namespace walkit::values {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

constexpr auto kHexPairs = [] {  // "00" to "ff"
  std::array<char, 512> pairs{};
  for (std::size_t i = 0; i < 256; ++i) {
    pairs[2 * i] = kHexDigits[i / 16];
    pairs[2 * i + 1] = kHexDigits[i % 16];
  }
  return pairs;
}();

}  // namespace

void append_hex(std::string& out, ByteSpan bytes) {
  const std::size_t start = out.size();
  out.resize(start + 2 * bytes.size());
  char* to = out.data() + start;
  for (const std::byte byte : bytes) {
    std::memcpy(to, &kHexPairs[2 * std::to_integer<std::size_t>(byte)], 2);
    to += 2;
  }
}

bool print_bytea(ByteSpan content, std::string& out) {
  out += "\\x";
  append_hex(out, content);
  return true;
}

/// VarBit of utils/varbit.h: number of bits, then these, the highest bit of a byte first.
bool print_bits(ByteSpan content, std::string& out) {
  Cursor in(content);
  const std::uint32_t bits = in.u32();
  if (!in.ok() || in.remaining() < (std::uint64_t{bits} + 7) / 8) return false;
  const ByteSpan bytes = in.rest();
  const std::size_t start = out.size();
  out.resize(start + bits);
  for (std::size_t i = 0; i < bits; ++i)
    out[start + i] = (std::to_integer<unsigned>(bytes[i / 8]) << i % 8 & 0x80) != 0 ? '1' : '0';
  return true;
}

bool print_uuid(ByteSpan content, std::string& out) {
  append_hex(out, content.first(4));
  for (std::size_t begin = 4; begin < 10; begin += 2) {
    out += '-';
    append_hex(out, content.subspan(begin, 2));
  }
  out += '-';
  append_hex(out, content.subspan(10));
  return true;
}

bool print_macaddr(ByteSpan content, std::string& out) {
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (i > 0) out += ':';
    append_hex(out, content.subspan(i, 1));
  }
  return true;
}

}  // namespace walkit::values
