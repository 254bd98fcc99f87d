#include "feed/catalog_row.h"

#include <algorithm>
#include <array>

#include "feed/tuple.h"
#include "feed/varlena.h"
#include "walreader/bytes.h"

namespace walkit {
namespace {

/// Where a column lies behind the tuple's header, for each major from 13 on; -1 where there is none.
using Place = std::array<std::int16_t, kMajorCount>;
constexpr Place always(std::int16_t offset) { return {offset, offset, offset, offset, offset, offset}; }

constexpr Place kOid = always(0);   // the first column of most catalogs
constexpr Place kName = always(4);  // and the second
constexpr Place kNamespace = always(68);

namespace pg_class {
constexpr Place kFilenode = always(88);
constexpr Place kTablespace = always(92);
constexpr Place kToast{108, 108, 108, 108, 108, 112};
constexpr Place kShared{113, 113, 113, 113, 113, 117};
constexpr Place kPersistence{114, 114, 114, 114, 114, 118};
constexpr Place kKind{115, 115, 115, 115, 115, 119};
constexpr Place kColumns{116, 116, 116, 116, 116, 120};
constexpr Place kReplicaIdentity{126, 126, 126, 126, 126, 130};
constexpr Place kRewrite{128, 128, 128, 128, 128, 132};
}  // namespace pg_class

namespace pg_attribute {
constexpr Place kType = always(68);
constexpr Place kLength{76, 76, 76, 72, 72, 72};
constexpr Place kNumber{78, 78, 78, 74, 74, 74};
constexpr Place kTypmod{88, 88, 88, 80, 80, 76};
constexpr Place kByValue{92, 92, 92, 86, 86, 82};
constexpr Place kAlign{94, 93, 93, 87, 87, 83};
constexpr Place kNotNull{95, 96, 96, 90, 90, 86};
constexpr Place kHasMissing{97, 98, 98, 92, 92, 88};
constexpr Place kGenerated{99, 100, 100, 94, 94, 90};
constexpr Place kDropped{100, 101, 101, 95, 95, 91};
constexpr Place kFixedEnd{112, 112, 112, 108, 104, 100};

/// The columns behind the fixed ones may be null. All are arrays but one that 17 moved here, attstattarget;
/// 16 made aclitem longer, and so its alignment. attmissingval is the last.
constexpr Storage kIntArray{.length = -1, .align = 'i', .by_value = false};
constexpr Storage kDoubleArray{.length = -1, .align = 'd', .by_value = false};
constexpr Storage kSmallInt{.length = 2, .align = 's', .by_value = true};
constexpr std::array kTail13{kIntArray, kIntArray, kIntArray, kDoubleArray};
constexpr std::array kTail16{kDoubleArray, kIntArray, kIntArray, kDoubleArray};
constexpr std::array kTail17{kSmallInt, kDoubleArray, kIntArray, kIntArray, kDoubleArray};
constexpr std::array<std::span<const Storage>, kMajorCount> kTails{kTail13, kTail13, kTail13,
                                                                   kTail16, kTail17, kTail17};
}  // namespace pg_attribute

namespace pg_type {
constexpr Place kLength = always(76);
constexpr Place kByValue = always(78);
constexpr Place kKind = always(79);
constexpr Place kDelimiter = always(83);
constexpr Place kRelation = always(84);
constexpr Place kSubscript{-1, 88, 88, 88, 88, 88};
constexpr Place kElement{88, 92, 92, 92, 92, 92};
constexpr Place kAlign{124, 128, 128, 128, 128, 128};
constexpr Place kBase{128, 132, 132, 132, 132, 132};
constexpr Place kBaseTypmod{132, 136, 136, 136, 136, 136};
constexpr Oid kArraySubscriptHandler = 6179;
}  // namespace pg_type

namespace pg_enum {
constexpr Place kLabel = always(12);
}

namespace pg_index {
constexpr Place kRelation = always(4);
constexpr Place kKeyColumns = always(10);
constexpr Place kUnique = always(12);
constexpr Place kPrimary{13, 13, 14, 14, 14, 14};
constexpr Place kImmediate{15, 15, 16, 16, 16, 16};
constexpr Place kValid{17, 17, 18, 18, 18, 18};
constexpr Place kLive{20, 20, 21, 21, 21, 21};
constexpr Place kReplicaIdentity{21, 21, 22, 22, 22, 22};
/// indkey, an int2vector: an array of one dimension without nulls, never compressed. Its header is the length
/// word, ndim, dataoffset, elemtype, dimension and lower bound.
constexpr std::size_t kKey = 24;
constexpr std::size_t kKeyHeaderSize = 24;
constexpr std::size_t kKeyDimension = 16;
}  // namespace pg_index

namespace pg_range {
constexpr Place kSubtype = always(4);
constexpr Place kMultirange{-1, 8, 8, 8, 8, 8};
}  // namespace pg_range

namespace pg_database {
constexpr Place kEncoding = always(72);
constexpr Place kTablespace{224, 224, 92, 92, 92, 92};
}  // namespace pg_database

/// The columns of one tuple. Reading outside it yields zeros and clears ok().
class CatalogTuple {
 public:
  CatalogTuple(ByteSpan tuple, Major major) : tuple_(tuple), major_(index_of(major)) {
    header_ = read_tuple_header(tuple);
    if (header_) data_ = tuple.subspan(header_->data_offset);
    ok_ = header_.has_value();
  }

  bool has(const Place& place) const { return place[major_] >= 0; }
  template <class T>
  T get(const Place& place) {
    const ByteSpan bytes = take(place, sizeof(T));
    return bytes.empty() ? T{} : load_le<T>(bytes.data());
  }
  Oid oid(const Place& place) { return get<Oid>(place); }
  bool flag(const Place& place) { return get<std::uint8_t>(place) != 0; }
  char character(const Place& place) { return get<char>(place); }
  /// NameData: as long as a name can be, filled with zeros.
  std::string name(const Place& place) {
    constexpr std::size_t kNameSize = 64;
    const ByteSpan bytes = take(place, kNameSize);
    const auto end = std::ranges::find(bytes, std::byte{0});
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(end - bytes.begin())};
  }

  bool ok() const { return ok_; }
  ByteSpan data() const { return data_; }
  std::size_t major() const { return major_; }
  /// Whether a column, counted from 0, holds a value.
  bool has_value(std::size_t column) const {
    constexpr std::uint16_t kHasNulls = 0x0001;  // HEAP_HASNULL
    if ((header_->infomask & kHasNulls) == 0) return true;
    return (std::to_integer<unsigned>(tuple_[kTupleHeaderSize + column / 8]) >> column % 8 & 1) != 0;
  }
  std::size_t columns() const { return header_->columns; }

 private:
  ByteSpan take(const Place& place, std::size_t size) {
    const auto offset = static_cast<std::size_t>(place[major_]);
    if (!ok_ || offset + size > data_.size()) {
      ok_ = false;
      return {};
    }
    return data_.subspan(offset, size);
  }

  ByteSpan tuple_;
  std::size_t major_;
  std::optional<HeapTupleHeader> header_;
  ByteSpan data_;
  bool ok_ = false;
};

template <class Row>
std::optional<Row> checked(const CatalogTuple& tuple, Row&& row) {
  if (!tuple.ok()) return std::nullopt;
  return std::forward<Row>(row);
}

/// The value of attmissingval, the last column, as it lies there; nothing if it is damaged or null.
std::optional<ByteSpan> stored_missing_value(const CatalogTuple& tuple) {
  const auto tail = pg_attribute::kTails[tuple.major()];
  if (tuple.columns() < tail.size() || !tuple.has_value(tuple.columns() - 1)) return std::nullopt;
  auto offset = static_cast<std::size_t>(pg_attribute::kFixedEnd[tuple.major()]);
  std::size_t column = tuple.columns() - tail.size();
  std::optional<ByteSpan> value;
  for (const Storage& storage : tail) {
    if (!tuple.has_value(column++)) continue;
    value = take_value(tuple.data(), offset, storage);
    if (!value) return std::nullopt;
  }
  return value;
}

/// The one element of an array (utils/array.h), as it would lie in a tuple.
std::optional<std::vector<std::byte>> only_element(ByteSpan stored, const Storage& element) {
  DetoastBuffers buffers;
  const auto array = detoast(stored, nullptr, buffers);
  if (!array) return std::nullopt;
  Cursor in(*array);
  const std::uint32_t dimensions = in.u32();
  const std::uint32_t data_offset = in.u32();  // not 0: there are nulls
  in.skip(sizeof(Oid));
  const std::uint32_t count = in.u32();
  in.skip(sizeof(std::uint32_t));
  if (!in.ok() || dimensions != 1 || data_offset != 0 || count != 1) return std::nullopt;
  // Offsets count from the length word, which detoast() took off: the header ends at 24, which suits any
  // alignment.
  std::size_t offset = 0;
  const auto value = take_value(in.rest(), offset, element);
  if (!value) return std::nullopt;
  return std::vector(value->begin(), value->end());
}

std::optional<std::vector<AttributeNumber>> read_key_columns(ByteSpan data, std::uint16_t count) {
  using namespace pg_index;
  if (data.size() < kKey + kKeyHeaderSize) return std::nullopt;
  if (load_le<std::uint32_t>(data.data() + kKey + kKeyDimension) < count) return std::nullopt;
  Cursor in(data.subspan(kKey + kKeyHeaderSize));
  if (in.remaining() < count * sizeof(AttributeNumber)) return std::nullopt;
  std::vector<AttributeNumber> columns(count);
  for (AttributeNumber& column : columns) column = in.get<AttributeNumber>();
  return columns;
}

}  // namespace

CatalogKind catalog_kind(Oid relation) {
  switch (relation) {
    case 1259:
      return CatalogKind::classes;
    case 1249:
      return CatalogKind::attributes;
    case 1247:
      return CatalogKind::types;
    case 2615:
      return CatalogKind::namespaces;
    case 3501:
      return CatalogKind::enums;
    case 2610:
      return CatalogKind::indexes;
    case 3541:
      return CatalogKind::ranges;
    case kPgDatabase:
      return CatalogKind::databases;
    default:
      return CatalogKind::none;
  }
}

std::optional<ClassRow> ClassRow::read(ByteSpan bytes, Major major) {
  using namespace pg_class;
  CatalogTuple tuple(bytes, major);
  return checked(tuple, ClassRow{.oid = tuple.oid(kOid),
                                 .name = tuple.name(kName),
                                 .name_space = tuple.oid(kNamespace),
                                 .filenode = tuple.oid(kFilenode),
                                 .tablespace = tuple.oid(kTablespace),
                                 .toast = tuple.oid(kToast),
                                 .shared = tuple.flag(kShared),
                                 .persistence = tuple.character(kPersistence),
                                 .kind = tuple.character(kKind),
                                 .columns = tuple.get<std::int16_t>(kColumns),
                                 .replica_identity = tuple.character(kReplicaIdentity),
                                 .rewrite_of = tuple.oid(kRewrite)});
}

std::optional<AttributeRow> AttributeRow::read(ByteSpan bytes, Major major) {
  using namespace pg_attribute;
  CatalogTuple tuple(bytes, major);
  constexpr char kVirtual = 'v';
  const char generated = tuple.character(kGenerated);
  AttributeRow row{.relation = tuple.oid(kOid),
                   .column = {.number = tuple.get<AttributeNumber>(kNumber),
                              .name = tuple.name(kName),
                              .type = tuple.oid(kType),
                              .typmod = tuple.get<std::int32_t>(kTypmod),
                              .storage = {.length = tuple.get<std::int16_t>(kLength),
                                          .align = tuple.character(kAlign),
                                          .by_value = tuple.flag(kByValue)},
                              .not_null = tuple.flag(kNotNull),
                              .dropped = tuple.flag(kDropped),
                              .generated = generated != '\0',
                              .is_virtual = generated == kVirtual,
                              .missing = std::nullopt}};
  if (tuple.flag(kHasMissing) && tuple.ok()) {
    const auto stored = stored_missing_value(tuple);
    // A null here is a column whose default is null: the same as no default.
    if (stored) row.column.missing = only_element(*stored, row.column.storage);
  }
  return checked(tuple, std::move(row));
}

std::optional<TypeRow> TypeRow::read(ByteSpan bytes, Major major) {
  using namespace pg_type;
  CatalogTuple tuple(bytes, major);
  TypeRow row{.oid = tuple.oid(kOid),
              .name = tuple.name(kName),
              .name_space = tuple.oid(kNamespace),
              .storage = {.length = tuple.get<std::int16_t>(kLength),
                          .align = tuple.character(kAlign),
                          .by_value = tuple.flag(kByValue)},
              .kind = tuple.character(kKind),
              .delimiter = tuple.character(kDelimiter),
              .relation = tuple.oid(kRelation),
              .element = tuple.oid(kElement),
              .base = tuple.oid(kBase),
              .base_typmod = tuple.get<std::int32_t>(kBaseTypmod)};
  // Types such as name and point have elements and are no arrays (IsTrueArrayType).
  const bool array =
      tuple.has(kSubscript) ? tuple.oid(kSubscript) == kArraySubscriptHandler : row.storage.length == -1;
  if (!array) row.element = 0;
  return checked(tuple, std::move(row));
}

std::optional<NamespaceRow> NamespaceRow::read(ByteSpan bytes, Major major) {
  CatalogTuple tuple(bytes, major);
  return checked(tuple, NamespaceRow{.oid = tuple.oid(kOid), .name = tuple.name(kName)});
}

std::optional<EnumRow> EnumRow::read(ByteSpan bytes, Major major) {
  CatalogTuple tuple(bytes, major);
  return checked(tuple, EnumRow{.oid = tuple.oid(kOid), .label = tuple.name(pg_enum::kLabel)});
}

std::optional<IndexRow> IndexRow::read(ByteSpan bytes, Major major) {
  using namespace pg_index;
  CatalogTuple tuple(bytes, major);
  const bool live = tuple.flag(kLive);
  // As RelationGetIndexList has it; a deferrable primary key is no identity but is a key.
  const bool identity = live && tuple.flag(kValid) && tuple.flag(kUnique) && tuple.flag(kImmediate);
  IndexRow row{.index = tuple.oid(kOid),
               .relation = tuple.oid(kRelation),
               .primary = live && tuple.flag(kPrimary),
               .replica_identity = identity && tuple.flag(kReplicaIdentity),
               .key_columns = {}};
  auto columns = read_key_columns(tuple.data(), tuple.get<std::uint16_t>(kKeyColumns));
  if (!columns) return std::nullopt;
  row.key_columns = std::move(*columns);
  return checked(tuple, std::move(row));
}

std::optional<RangeRow> RangeRow::read(ByteSpan bytes, Major major) {
  using namespace pg_range;
  CatalogTuple tuple(bytes, major);
  return checked(tuple, RangeRow{.range = tuple.oid(kOid),
                                 .subtype = tuple.oid(kSubtype),
                                 .multirange = tuple.has(kMultirange) ? tuple.oid(kMultirange) : Oid{0}});
}

std::optional<DatabaseRow> DatabaseRow::read(ByteSpan bytes, Major major) {
  using namespace pg_database;
  CatalogTuple tuple(bytes, major);
  return checked(tuple, DatabaseRow{.oid = tuple.oid(kOid),
                                    .name = tuple.name(kName),
                                    .encoding = tuple.get<std::int32_t>(kEncoding),
                                    .tablespace = tuple.oid(kTablespace)});
}

}  // namespace walkit
