// Numbers, and what prints as a few of them.
#include <array>

#include "feed/values/append.h"
#include "feed/values/printers.h"
#include "walreader/bytes.h"

namespace walkit::values {
namespace {

/// int2vector and oidvector lie as arrays do (c.h): dimensions, offset of data, element type, size, lower
/// bound.
constexpr std::size_t kVectorHeaderSize = 20;

template <std::integral Element>
bool print_vector(ByteSpan content, std::string& out) {
  Cursor in(content);
  const std::int32_t dimensions = in.i32();
  in.skip(8);
  const std::uint32_t count = in.u32();
  if (dimensions != 1 || content.size() < kVectorHeaderSize) return false;
  in.skip(4);
  if (in.remaining() / sizeof(Element) < count) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i > 0) out += ' ';
    append_int(out, in.get<Element>());
  }
  return true;
}

}  // namespace

bool print_bool(ByteSpan content, std::string& out) {
  out += content[0] != std::byte{0} ? 't' : 'f';
  return true;
}

bool print_int2(ByteSpan content, std::string& out) {
  append_int(out, load_le<std::int16_t>(content.data()));
  return true;
}

bool print_int4(ByteSpan content, std::string& out) {
  append_int(out, load_le<std::int32_t>(content.data()));
  return true;
}

bool print_int8(ByteSpan content, std::string& out) {
  append_int(out, load_le<std::int64_t>(content.data()));
  return true;
}

bool print_uint4(ByteSpan content, std::string& out) {
  append_uint(out, load_le<std::uint32_t>(content.data()));
  return true;
}

bool print_uint8(ByteSpan content, std::string& out) {
  append_uint(out, load_le<std::uint64_t>(content.data()));
  return true;
}

bool print_int2vector(ByteSpan content, std::string& out) { return print_vector<std::int16_t>(content, out); }
bool print_oidvector(ByteSpan content, std::string& out) { return print_vector<std::uint32_t>(content, out); }

bool print_tid(ByteSpan content, std::string& out) {
  Cursor in(content);
  const std::uint32_t block_high = in.u16();
  const BlockNumber block = block_high << 16 | in.u16();
  out += '(';
  append_uint(out, block);
  out += ',';
  append_uint(out, in.u16());
  out += ')';
  return in.ok();
}

bool print_lsn(ByteSpan content, std::string& out) {
  char digits[text::kMaxLsn];
  const char* const end = text::put_lsn(digits, Lsn{load_le<std::uint64_t>(content.data())});
  out.append(digits, static_cast<std::size_t>(end - digits));
  return true;
}

/// pg_snapshot of utils/adt/xid8funcs.c: number of xids, xmin, xmax, the xids. The struct is aligned to 8
/// bytes, of which its header of 4 and the number take the first.
bool print_snapshot(ByteSpan content, std::string& out) {
  Cursor in(content);
  const std::uint32_t count = in.u32();
  append_uint(out, in.u64());
  out += ':';
  append_uint(out, in.u64());
  out += ':';
  if (!in.ok() || in.remaining() / sizeof(std::uint64_t) < count) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    append_uint(out, in.u64());
  }
  return true;
}

/// As in the C locale: cash_out of utils/adt/cash.c falls back on dollars, two decimals and groups of three.
bool print_money(ByteSpan content, std::string& out) {
  const auto cents = load_le<std::int64_t>(content.data());
  const std::uint64_t amount = magnitude(cents);
  std::array<std::uint64_t, 7> groups{};
  std::size_t count = 0;
  for (std::uint64_t rest = amount / 100; count == 0 || rest > 0; rest /= 1000) groups[count++] = rest % 1000;
  out += cents < 0 ? "-$" : "$";
  append_uint(out, groups[--count]);
  while (count > 0) {
    out += ',';
    append_padded(out, groups[--count], 3);
  }
  out += '.';
  append_padded(out, amount % 100, 2);
  return true;
}

}  // namespace walkit::values
