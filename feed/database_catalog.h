// The catalogs of one database, and what they say a relation or a type looks like.
//
// Pure; one thread at a time.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "feed/catalog_row.h"
#include "feed/catalog_table.h"
#include "feed/schema.h"
#include "feed/text_decoder.h"
#include "walreader/relation_map.h"

namespace walkit {

/// Which transactions belong together: subtransactions and their top-level one, as far as that is known. At
/// wal_level=replica two may prove to be of one only when it commits.
class TransactionFamilies {
 public:
  /// One that is not a subtransaction is its own top, where that is known.
  void assign(Xid subtransaction, Xid top) { tops_[subtransaction] = top; }
  void forget(Xid xid) { tops_.erase(xid); }
  Xid top_of(Xid xid) const {
    const auto found = tops_.find(xid);
    return found == tops_.end() ? xid : found->second;
  }
  /// Whether `other` is of the family of `asking`; where nobody knows, it is not, which is noted.
  auto own(Xid asking) const {
    return [this, asking, top = top_of(asking)](Xid other) {
      const bool same = top != 0 && top_of(other) == top;
      if (!same && top != 0 && !known_apart(asking, other)) doubt_ = other;
      return same;
    };
  }

  /// The last transaction that was taken for another family's without being known to be; 0 if none was since
  /// this was asked before.
  Xid take_doubt() const { return std::exchange(doubt_, 0); }
  void note_doubt(Xid doubt) const {
    if (doubt != 0) doubt_ = doubt;
  }

  template <class Io, class Self>
  static void transfer(Io& io, Self& self) {
    io(self.tops_);
  }

 private:
  bool known_apart(Xid asking, Xid other) const {
    return tops_.contains(top_of(other)) || (tops_.contains(asking) && tops_.contains(other));
  }

  std::unordered_map<Xid, Xid> tops_;
  mutable Xid doubt_ = 0;
};

/// The catalogs that each database has of its own.
inline constexpr CatalogKind kDatabaseCatalogs[] = {
    CatalogKind::classes, CatalogKind::attributes, CatalogKind::types, CatalogKind::namespaces,
    CatalogKind::enums,   CatalogKind::indexes,    CatalogKind::ranges};

/// What a transaction sees is decided by two rules. A relation's own rows (pg_class, pg_attribute, pg_index)
/// count in their newest state, whoever asks: what is kept of them changes under a lock that keeps others
/// from writing to it until the end of the transaction that changed them. Schemas, types, composite ones with
/// their attributes, and labels can be changed while others use them: of these a transaction sees what is
/// committed and what is its own.
class DatabaseCatalog {
 public:
  Oid oid = 0;
  std::string name;
  Oid tablespace = 0;  ///< where relations are whose row says 0
  RelationMap map;
  /// The map is from a file that may have been copied after the start, and no change of it was seen yet.
  bool map_may_be_later = false;
  const TextDecoder* decoder = nullptr;  ///< of names, to UTF-8; borrowed
  /// A change could not be read: nothing here can be relied on from then on.
  bool lost = false;
  /// Its rows are not here yet but on its pages (CREATE DATABASE with STRATEGY WAL_LOG).
  bool on_pages = false;

  CatalogTable<ClassRow> classes;
  CatalogTable<AttributeRow> attributes;
  CatalogTable<TypeRow> types;
  CatalogTable<NamespaceRow> namespaces;
  CatalogTable<EnumRow> enums;
  CatalogTable<IndexRow> indexes;
  CatalogTable<RangeRow> ranges;

  bool usable() const { return !lost && !on_pages; }

  /// Calls call(table) with the table of a catalog's rows; not for databases, which are not here.
  template <class Call>
  void with_table(CatalogKind kind, Call&& call);

  /// All but `decoder`, for a snapshot (snapshot_io.h).
  template <class Io, class Self>
  static void transfer(Io& io, Self& self) {
    io(self.oid, self.name, self.tablespace, self.map, self.map_may_be_later, self.lost, self.on_pages,
       self.classes, self.attributes, self.types, self.namespaces, self.enums, self.indexes, self.ranges,
       self.indexes_of_, self.toast_owners_);
  }

  /// What an index, once seen, and a TOAST relation belong to.
  void note_index(const IndexRow& row);
  void note_toast(const ClassRow& row);
  /// 0 if it is none's.
  Oid toast_owner(Oid toast) const;

  /// A name as UTF-8; one that is no text of the database's encoding stays as it is.
  std::string text(const std::string& stored) const;

  /// nullptr if there is no such relation, or not all of it is known.
  SchemaRef build_schema(Oid relation, const TransactionFamilies& families, Xid asking) const;
  /// Whether everyone sees the same of a type.
  bool type_settled(Oid type) const;
  /// nothing if there is no such type.
  std::optional<TypeInfo> build_type(Oid type, const TransactionFamilies& families, Xid asking) const;

 private:
  bool add_columns(Oid relation, std::int16_t count, std::vector<Column>& columns) const;
  template <class Own>
  bool add_attributes(Oid relation, Own& own, TypeInfo& info) const;
  void add_indexes(RelationSchema& schema) const;

  std::unordered_map<Oid, std::vector<Oid>> indexes_of_;
  std::unordered_map<Oid, Oid> toast_owners_;
};

template <class Call>
void DatabaseCatalog::with_table(CatalogKind kind, Call&& call) {
  switch (kind) {
    case CatalogKind::classes:
      return call(classes);
    case CatalogKind::attributes:
      return call(attributes);
    case CatalogKind::types:
      return call(types);
    case CatalogKind::namespaces:
      return call(namespaces);
    case CatalogKind::enums:
      return call(enums);
    case CatalogKind::indexes:
      return call(indexes);
    case CatalogKind::ranges:
      return call(ranges);
    case CatalogKind::databases:
    case CatalogKind::none:
      return;
  }
}

}  // namespace walkit
