// Types made of other types: arrays, enums, rows, ranges, multiranges.
#include <array>
#include <vector>

#include "feed/values/append.h"
#include "feed/values/printers.h"
#include "feed/values/quoting.h"
#include "walreader/bytes.h"

namespace walkit::values {
namespace {

constexpr std::size_t kVarlenaHeader = 4;  // contents are without it, but what is aligned counts from it

// ArrayType of utils/array.h: number of dimensions, offset of the data if there are nulls, type of the
// elements, sizes of the dimensions, lower bounds, null bitmap, the elements.
constexpr int kMaxDimensions = 6;

struct Dimension {
  std::uint32_t size = 0;
  std::int32_t lower = 1;
};

struct ArrayHeader {
  int dimensions = 0;
  Oid element_type = 0;
  std::array<Dimension, kMaxDimensions> dimension;
  std::uint64_t elements = 0;
  ByteSpan nulls;  ///< a bit for each element that is set if it is not null; or empty
  ByteSpan data;
};

bool read_dimensions(Cursor& in, ArrayHeader& header) {
  header.elements = header.dimensions == 0 ? 0 : 1;
  for (int i = 0; i < header.dimensions; ++i) {
    header.dimension[i].size = in.u32();
    header.elements *= header.dimension[i].size;
    if (header.elements > (std::uint64_t{1} << 27))
      return false;  // MaxArraySize; no product of two overflows
  }
  for (int i = 0; i < header.dimensions; ++i) header.dimension[i].lower = in.i32();
  return in.ok();
}

bool read_header(ByteSpan content, ArrayHeader& header) {
  Cursor in(content);
  header.dimensions = in.i32();
  const std::size_t data_offset = in.u32();
  header.element_type = in.u32();
  if (header.dimensions < 0 || header.dimensions > kMaxDimensions || !read_dimensions(in, header))
    return false;
  if (data_offset != 0) header.nulls = in.bytes((header.elements + 7) / 8);
  const std::size_t after_header = kVarlenaHeader + content.size() - in.remaining();
  const std::size_t data = (data_offset != 0 ? data_offset : align_up(after_header, 'd')) - kVarlenaHeader;
  if (!in.ok()) return false;
  if (data <= content.size()) header.data = content.subspan(data);
  return header.elements == 0 || !header.data.empty() || data == content.size();
}

/// [2:4][1:2]= where a lower bound is not 1
void append_bounds(std::string& out, const ArrayHeader& header) {
  const std::span<const Dimension> dimensions = std::span(header.dimension).first(header.dimensions);
  if (std::ranges::all_of(dimensions, [](const Dimension& each) { return each.lower == 1; })) return;
  for (const Dimension& each : dimensions) {
    out += '[';
    append_int(out, each.lower);
    out += ':';
    append_int(out, std::int64_t{each.lower} + each.size - 1);
    out += ']';
  }
  out += '=';
}

/// The braces and the delimiter between one element and the next, which is that with number `next`.
void append_between(std::string& out, const ArrayHeader& header, std::uint64_t next, char delimiter) {
  std::size_t ended = 0;
  std::uint64_t rows = 1;
  for (int i = header.dimensions - 1; i > 0; --i) {
    rows *= header.dimension[i].size;
    if (next % rows == 0) ++ended;
  }
  out.append(ended, '}');
  out += delimiter;
  out.append(ended, '{');
}

bool is_null(ByteSpan nulls, std::uint64_t element) {
  return !nulls.empty() && (std::to_integer<unsigned>(nulls[element / 8]) >> element % 8 & 1) == 0;
}

// RangeType of utils/rangetypes.h: the range's type, the bounds, flags.
enum RangeFlag : unsigned {
  kEmpty = 0x01,
  kLowerInclusive = 0x02,
  kUpperInclusive = 0x04,
  kLowerInfinite = 0x08,
  kUpperInfinite = 0x10,
  kLowerNull = 0x20,
  kUpperNull = 0x40,
};

/// A bound from `offset` of `area` on, which is then behind it.
Unavailable print_bound(ValueRenderer& renderer, const TypeInfo& subtype, ByteSpan area, std::size_t& offset,
                        std::string& out) {
  const std::optional<ByteSpan> value = take_value(area, offset, subtype.storage);
  if (!value) return Unavailable::type_unrendered;
  const std::size_t start = out.size();
  const Unavailable result = renderer.print(subtype.oid, subtype.storage, *value, out);
  quote_bound(out, start);
  return result;
}

/// The bounds that there are, from `offset` of `area` on, which is then behind them.
Unavailable print_bounds(ValueRenderer& renderer, const TypeInfo& subtype, unsigned flags, ByteSpan area,
                         std::size_t& offset, std::string& out) {
  if ((flags & kEmpty) != 0) {
    out += "empty";
    return Unavailable::none;
  }
  Unavailable result = Unavailable::none;
  out += (flags & kLowerInclusive) != 0 ? '[' : '(';
  if ((flags & (kLowerInfinite | kLowerNull)) == 0)
    result = print_bound(renderer, subtype, area, offset, out);
  out += ',';
  if (result == Unavailable::none && (flags & (kUpperInfinite | kUpperNull)) == 0)
    result = print_bound(renderer, subtype, area, offset, out);
  out += (flags & kUpperInclusive) != 0 ? ']' : ')';
  return result;
}

const TypeInfo* subtype_of(const TypeCatalog& types, const TypeInfo& range) {
  return types.type(range.range_subtype);
}

}  // namespace

Unavailable print_array(ValueRenderer& renderer, ByteSpan content, std::string& out) {
  ArrayHeader header;
  if (!read_header(content, header)) return Unavailable::type_unrendered;
  if (header.elements == 0) {
    out += "{}";
    return Unavailable::none;
  }
  const TypeInfo* const element = renderer.types().type(header.element_type);
  if (!element) return Unavailable::type_unrendered;
  append_bounds(out, header);
  out.append(static_cast<std::size_t>(header.dimensions), '{');
  std::size_t offset = 0;
  for (std::uint64_t i = 0; i < header.elements; ++i) {
    if (i > 0) append_between(out, header, i, element->delimiter);
    if (is_null(header.nulls, i)) {
      out += "NULL";
      continue;
    }
    const std::optional<ByteSpan> value = take_value(header.data, offset, element->storage);
    if (!value) return Unavailable::type_unrendered;
    const std::size_t start = out.size();
    const Unavailable result = renderer.print(element->oid, element->storage, *value, out);
    if (result != Unavailable::none) return result;
    quote_element(out, start, element->delimiter);
  }
  out.append(static_cast<std::size_t>(header.dimensions), '}');
  return Unavailable::none;
}

Unavailable print_enum(ValueRenderer& renderer, ByteSpan content, std::string& out) {
  if (content.size() != sizeof(Oid)) return Unavailable::type_unrendered;
  const std::optional<std::string_view> label = renderer.types().enum_label(load_le<Oid>(content.data()));
  if (!label) return Unavailable::type_unrendered;
  out += *label;  // UTF-8, as all names of the catalog are
  return Unavailable::none;
}

/// A row is a heap tuple, whose first three fields are length, type modifier and type. The length is that of
/// the varlena, whose header it is.
Unavailable print_composite(ValueRenderer& renderer, const TypeInfo& type, ByteSpan content,
                            std::string& out) {
  std::vector<Datum> fields;
  const std::span<const Column> columns = type.columns;
  if (!deform_row(content, columns.first(type.attributes), fields) && !deform_row(content, columns, fields))
    return Unavailable::type_unrendered;
  out += '(';
  bool first = true;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Column& column = columns[i];
    if (column.dropped) continue;
    if (!first) out += ',';
    first = false;
    if (fields[i].null) continue;
    const std::size_t start = out.size();
    const Unavailable result = renderer.print(column.type, column.storage, fields[i].bytes, out);
    if (result != Unavailable::none) return result;
    quote_field(out, start);
  }
  out += ')';
  return Unavailable::none;
}

Unavailable print_range(ValueRenderer& renderer, const TypeInfo& type, ByteSpan content, std::string& out) {
  const TypeInfo* const subtype = subtype_of(renderer.types(), type);
  if (!subtype || content.size() <= sizeof(Oid)) return Unavailable::type_unrendered;
  const ByteSpan bounds = content.subspan(sizeof(Oid));
  std::size_t offset = 0;
  return print_bounds(renderer, *subtype, std::to_integer<unsigned>(bounds.back()),
                      bounds.first(bounds.size() - 1), offset, out);
}

/// MultirangeType of utils/multirangetypes.h: its type, number of ranges, an item of 32 bits for each range
/// but the first, flags of each, the bounds. The items tell where ranges begin, which is where the one before
/// ends, aligned.
Unavailable print_multirange(ValueRenderer& renderer, const TypeInfo& type, ByteSpan content,
                             std::string& out) {
  const TypeInfo* const range = renderer.types().type(type.multirange_range);
  const TypeInfo* const subtype = range ? subtype_of(renderer.types(), *range) : nullptr;
  Cursor in(content);
  in.skip(sizeof(Oid));
  const std::size_t count = in.u32();
  in.skip(count > 0 ? (count - 1) * sizeof(std::uint32_t) : 0);
  const ByteSpan flags = in.bytes(count);
  if (!subtype || !in.ok()) return Unavailable::type_unrendered;
  const char align = subtype->storage.align;
  const std::size_t begin =
      align_up(kVarlenaHeader + content.size() - in.remaining(), align) - kVarlenaHeader;
  const ByteSpan bounds = begin <= content.size() ? content.subspan(begin) : ByteSpan();
  out += '{';
  std::size_t offset = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    offset = align_up(offset, align);
    const Unavailable result =
        print_bounds(renderer, *subtype, std::to_integer<unsigned>(flags[i]), bounds, offset, out);
    if (result != Unavailable::none) return result;
  }
  out += '}';
  return Unavailable::none;
}

}  // namespace walkit::values
