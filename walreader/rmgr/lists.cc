#include "walreader/rmgr/lists.h"

#include <algorithm>
#include <limits>

namespace walkit::rmgr {

Cursor take_items(Cursor& in, std::int64_t count, std::size_t item_size) {
  constexpr std::size_t kMoreThanThereIs = std::numeric_limits<std::size_t>::max();
  const bool fits = count >= 0 && static_cast<std::uint64_t>(count) <= in.remaining() / item_size;
  return Cursor(in.bytes(fits ? static_cast<std::size_t>(count) * item_size : kMoreThanThereIs));
}

Cursor take_counted_items(Cursor& in, std::size_t item_size) {
  const std::int32_t count = in.i32();
  return take_items(in, count, item_size);
}

ByteSpan c_string(ByteSpan bytes) {
  const auto nul = std::ranges::find(bytes, std::byte{0});
  return bytes.first(static_cast<std::size_t>(nul - bytes.begin()));
}

void number_list(FieldSink& sink, std::string_view lead, std::string_view key, Cursor numbers,
                 std::string_view separator) {
  sink.begin_array(lead, key);
  while (numbers.remaining() > 0) sink.uint(separator, "", numbers.u32());
  sink.end_array("");
}

}  // namespace walkit::rmgr
