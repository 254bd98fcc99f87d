#include "feed/tuple.h"

#include <algorithm>

#include "feed/varlena.h"
#include "walreader/bytes.h"

namespace walkit {
namespace {

constexpr std::size_t kRowCut = 4;  // the header of the varlena that a composite value is

ByteSpan missing_value(const Column& column) {
  return column.missing ? ByteSpan(*column.missing) : ByteSpan();
}

/// Bit set: the column has a value.
bool has_value(const std::byte* bitmap, std::size_t column) {
  return (std::to_integer<unsigned>(bitmap[column / 8]) >> column % 8 & 1) != 0;
}

/// 0 if it does not end within `rest`.
std::size_t value_size(ByteSpan rest, std::int16_t length) {
  if (length == -1) return varlena_size(rest);
  if (length == -2) {
    const auto end = std::ranges::find(rest, std::byte{0});
    return end == rest.end() ? 0 : static_cast<std::size_t>(end - rest.begin()) + 1;
  }
  const auto size = static_cast<std::size_t>(length);
  return length > 0 && size <= rest.size() ? size : 0;
}

/// What the header says about the data.
struct Shape {
  std::uint16_t infomask2 = 0;
  std::uint16_t infomask = 0;
  std::uint8_t data_offset = 0;

  std::size_t columns() const { return infomask2 & 0x07FF; }   // HEAP_NATTS_MASK
  bool has_nulls() const { return (infomask & 0x0001) != 0; }  // HEAP_HASNULL
};

constexpr std::size_t kShapeOffset = 18;  // of t_infomask2

/// `tuple` lacks its first `cut` bytes.
std::optional<Shape> read_shape(ByteSpan tuple, std::size_t cut) {
  Cursor in(tuple);
  in.skip(kShapeOffset - cut);
  Shape shape;
  shape.infomask2 = in.u16();
  shape.infomask = in.u16();
  shape.data_offset = in.u8();
  const std::size_t bitmap_size = shape.has_nulls() ? (shape.columns() + 7) / 8 : 0;
  if (!in.ok() || shape.data_offset < kTupleHeaderSize + bitmap_size ||
      shape.data_offset > tuple.size() + cut)
    return std::nullopt;
  return shape;
}

bool deform(ByteSpan tuple, std::size_t cut, std::span<const Column> columns, std::vector<Datum>& datums) {
  const std::optional<Shape> shape = read_shape(tuple, cut);
  if (!shape || shape->columns() > columns.size()) return false;
  const std::byte* const bitmap = shape->has_nulls() ? tuple.data() + kTupleHeaderSize - cut : nullptr;
  const ByteSpan area = tuple.subspan(shape->data_offset - cut);
  datums.resize(columns.size());
  std::size_t offset = 0;
  std::size_t i = 0;
  for (; i < shape->columns(); ++i) {
    if (bitmap && !has_value(bitmap, i)) {
      datums[i] = {};
      continue;
    }
    const std::optional<ByteSpan> value = take_value(area, offset, columns[i].storage);
    if (!value) return false;
    datums[i] = {.null = false, .bytes = *value};
  }
  for (; i < columns.size(); ++i)
    datums[i] = {.null = !columns[i].missing, .bytes = missing_value(columns[i])};
  return true;
}

}  // namespace

std::optional<HeapTupleHeader> read_tuple_header(ByteSpan tuple) {
  const std::optional<Shape> shape = read_shape(tuple, 0);
  if (!shape) return std::nullopt;
  Cursor in(tuple);
  HeapTupleHeader header;
  header.xmin = in.u32();
  header.xmax = in.u32();
  in.skip(4);  // t_cid or t_xvac
  const std::uint32_t block_high = in.u16();
  header.ctid.block = block_high << 16 | in.u16();
  header.ctid.offset = in.u16();
  header.infomask2 = shape->infomask2;
  header.infomask = shape->infomask;
  header.data_offset = shape->data_offset;
  header.columns = static_cast<std::uint16_t>(shape->columns());
  return header;
}

std::optional<ByteSpan> take_value(ByteSpan area, std::size_t& offset, const Storage& storage) {
  // A varlena with a header of one byte is not aligned, and such a byte is never 0, as padding is.
  const bool unaligned = storage.length == -1 && offset < area.size() && area[offset] != std::byte{0};
  const std::size_t begin = unaligned ? offset : align_up(offset, storage.align);
  if (begin >= area.size()) return std::nullopt;
  const std::size_t size = value_size(area.subspan(begin), storage.length);
  if (size == 0) return std::nullopt;
  offset = begin + size;
  return area.subspan(begin, size);
}

bool deform_tuple(ByteSpan tuple, std::span<const Column> columns, std::vector<Datum>& datums) {
  return deform(tuple, 0, columns, datums);
}

bool deform_row(ByteSpan content, std::span<const Column> columns, std::vector<Datum>& datums) {
  return deform(content, kRowCut, columns, datums);
}

}  // namespace walkit
