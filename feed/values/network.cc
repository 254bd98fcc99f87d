// inet and cidr.
//
// Format: inet_struct of utils/inet.h: family, bits of the netmask, address. Text: port/inet_net_ntop.c.
#include <array>

#include "feed/values/append.h"
#include "feed/values/printers.h"
#include "walreader/bytes.h"

namespace walkit::values {
namespace {

constexpr std::uint8_t kIpv4 = 2;  // PGSQL_AF_INET: AF_INET of the server, 2 on all systems
constexpr std::uint8_t kIpv6 = 3;  // PGSQL_AF_INET6
constexpr std::size_t kWords = 8;  // of 16 bits, in an IPv6 address

void append_ipv4(std::string& out, ByteSpan address) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) out += '.';
    append_uint(out, std::to_integer<unsigned>(address[i]));
  }
}

void append_word(std::string& out, std::uint32_t word) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = 12; shift > 0; shift -= 4)
    if (word >> shift != 0) out += kDigits[word >> shift & 0xF];
  out += kDigits[word & 0xF];
}

struct Run {
  std::size_t begin = 0;
  std::size_t length = 0;
  bool holds(std::size_t i) const { return i >= begin && i < begin + length; }
};

/// The longest run of zero words, the first of several; one word alone is none.
Run zero_run(const std::array<std::uint32_t, kWords>& words) {
  Run best, current;
  for (std::size_t i = 0; i < kWords; ++i) {
    if (words[i] != 0) {
      current.length = 0;
      continue;
    }
    if (current.length++ == 0) current.begin = i;
    if (current.length > best.length) best = current;
  }
  return best.length > 1 ? best : Run{};
}

/// Whether the last two words are an IPv4 address within the IPv6 one.
bool embeds_ipv4(const std::array<std::uint32_t, kWords>& words, const Run& zeros) {
  if (zeros.begin != 0) return false;
  return zeros.length == 6 || (zeros.length == 7 && words[7] != 1) ||
         (zeros.length == 5 && words[5] == 0xFFFF);
}

void append_ipv6(std::string& out, ByteSpan address) {
  std::array<std::uint32_t, kWords> words;
  for (std::size_t i = 0; i < kWords; ++i)
    words[i] = std::to_integer<std::uint32_t>(address[2 * i]) << 8 |
               std::to_integer<std::uint32_t>(address[2 * i + 1]);
  const Run zeros = zero_run(words);
  for (std::size_t i = 0; i < kWords; ++i) {
    if (zeros.holds(i)) {
      if (i == zeros.begin) out += ':';
      continue;
    }
    if (i > 0) out += ':';
    if (i == 6 && embeds_ipv4(words, zeros)) return append_ipv4(out, address.subspan(12));
    append_word(out, words[i]);
  }
  if (zeros.holds(kWords - 1)) out += ':';
}

bool print_network(ByteSpan content, bool always_with_bits, std::string& out) {
  Cursor in(content);
  const std::uint8_t family = in.u8();
  const std::uint8_t bits = in.u8();
  const bool v4 = family == kIpv4;
  const ByteSpan address = in.bytes(v4 ? 4 : 16);
  const unsigned all_bits = v4 ? 32 : 128;
  if (!in.ok() || (!v4 && family != kIpv6) || bits > all_bits) return false;
  v4 ? append_ipv4(out, address) : append_ipv6(out, address);
  if (always_with_bits || bits != all_bits) {
    out += '/';
    append_uint(out, bits);
  }
  return true;
}

}  // namespace

bool print_inet(ByteSpan content, std::string& out) { return print_network(content, false, out); }
bool print_cidr(ByteSpan content, std::string& out) { return print_network(content, true, out); }

}  // namespace walkit::values
