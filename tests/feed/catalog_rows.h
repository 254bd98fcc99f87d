// Rows of PostgreSQL 15's catalogs as tuples, for tests of what reads them. Columns nobody reads are zeros.
#pragma once

#include "feed/catalog_row.h"
#include "tests/support/byte_writer.h"

namespace walkit::test {

/// A tuple without nulls: its header is 24 bytes long.
class CatalogTupleBuilder {
 public:
  CatalogTupleBuilder(std::uint16_t columns, std::size_t size) : bytes_(kHeaderSize + size) {
    store_le(bytes_, 18, columns);
    bytes_[22] = std::byte{kHeaderSize};
  }
  template <std::integral T>
  CatalogTupleBuilder& put(std::size_t offset, T value) {
    store_le(bytes_, kHeaderSize + offset, value);
    return *this;
  }
  CatalogTupleBuilder& name(std::size_t offset, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) put(offset + i, text[i]);
    return *this;
  }
  Bytes take() { return std::move(bytes_); }

 private:
  static constexpr std::uint8_t kHeaderSize = 24;
  Bytes bytes_;
};

inline Bytes class_tuple(const ClassRow& row) {
  return CatalogTupleBuilder(33, 140)
      .put(0, row.oid)
      .name(4, row.name)
      .put(68, row.name_space)
      .put(88, row.filenode)
      .put(92, row.tablespace)
      .put(108, row.toast)
      .put(114, row.persistence)
      .put(115, row.kind)
      .put(116, row.columns)
      .put(126, row.replica_identity)
      .put(128, row.rewrite_of)
      .take();
}

inline Bytes attribute_tuple(Oid relation, AttributeNumber number, std::string_view name) {
  constexpr Oid kInt4 = 23;
  return CatalogTupleBuilder(26, 112)
      .put(0, relation)
      .name(4, name)
      .put(68, kInt4)
      .put(76, std::int16_t{4})
      .put(78, number)
      .put(88, -1)
      .put(92, char{1})
      .put(93, 'i')
      .take();
}

/// Of no columns: as much as says whose it is.
inline Bytes index_tuple(Oid index, Oid relation) {
  return CatalogTupleBuilder(20, 48).put(0, index).put(4, relation).take();
}

inline Bytes namespace_tuple(Oid oid, std::string_view name) {
  return CatalogTupleBuilder(4, 72).put(0, oid).name(4, name).take();
}

}  // namespace walkit::test
