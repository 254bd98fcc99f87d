#include "feed/logged_tuple.h"

#include <algorithm>
#include <array>

namespace walkit {
namespace {

ByteSpan append(std::vector<std::byte>& buffer, const LoggedTupleHeader& header, const NewVersion& version,
                std::initializer_list<ByteSpan> parts) {
  const std::size_t start = buffer.size();
  std::size_t size = kTupleHeaderSize;
  for (const ByteSpan part : parts) size += part.size();
  if (header.hoff < kTupleHeaderSize || header.hoff > size) return {};
  buffer.resize(start + size);
  std::byte* out = buffer.data() + start;
  TupleHeader fields(out);
  fields.set_xmin(version.xmin);
  fields.set_xmax(version.xmax);
  fields.set_ctid(version.place);
  fields.set_infomask2(header.infomask2);
  fields.set_infomask(header.infomask);
  fields.set_hoff(header.hoff);
  fields.clear_command_id();
  out += kTupleHeaderSize;
  for (const ByteSpan part : parts) out = std::ranges::copy(part, out).out;
  return ByteSpan(buffer).subspan(start);
}

}  // namespace

ByteSpan append_tuple(std::vector<std::byte>& buffer, const LoggedTupleHeader& header, ByteSpan body,
                      const NewVersion& version) {
  return append(buffer, header, version, {body});
}

ByteSpan append_tuple(std::vector<std::byte>& buffer, ByteSpan logged, const NewVersion& version) {
  Cursor in(logged);
  const LoggedTupleHeader header = read_tuple_header(in);
  return append(buffer, header, version, {in.rest()});
}

ByteSpan append_updated_tuple(std::vector<std::byte>& buffer, ByteSpan logged, std::uint8_t update_flags,
                              ByteSpan old_tuple, const NewVersion& version) {
  Cursor in(logged);
  const std::size_t prefix = update_flags & update_flag::kPrefixFromOld ? in.u16() : 0;
  const std::size_t suffix = update_flags & update_flag::kSuffixFromOld ? in.u16() : 0;
  const LoggedTupleHeader header = read_tuple_header(in);
  if (!in.ok() || header.hoff < kTupleHeaderSize) return {};
  const ByteSpan bitmap = in.bytes(header.hoff - kTupleHeaderSize);
  const ByteSpan old_data = old_tuple.empty() ? ByteSpan{} : old_tuple.subspan(data_offset(old_tuple));
  if (!in.ok() || prefix > old_data.size() || suffix > old_data.size()) return {};
  return append(buffer, header, version, {bitmap, old_data.first(prefix), in.rest(), old_data.last(suffix)});
}

}  // namespace walkit
