#include "feed/database_catalog.h"

#include <algorithm>

namespace walkit {
namespace {

constexpr char kCompositeKind = 'c';
// FirstUnpinnedObjectId, FirstBootstrapObjectId in 13: relations before it are catalogs, whatever schema they
// are in (IsCatalogRelationOid).
constexpr Oid kFirstUnpinnedObject = 12000;

/// The only range type whose multirange this is.
Oid range_of(const CatalogTable<RangeRow>& ranges, Oid multirange) {
  Oid range = 0;
  ranges.for_each([&](const RangeRow& row) {
    if (row.multirange == multirange) range = row.range;
  });
  return range;
}

}  // namespace

void DatabaseCatalog::note_index(const IndexRow& row) {
  std::vector<Oid>& known = indexes_of_[row.relation];
  std::erase_if(known, [&](Oid index) { return !indexes.contains(index); });
  if (std::ranges::find(known, row.index) == known.end()) known.push_back(row.index);
}

void DatabaseCatalog::note_toast(const ClassRow& row) {
  if (row.toast != 0) toast_owners_[row.toast] = row.oid;
}

Oid DatabaseCatalog::toast_owner(Oid toast) const {
  const auto found = toast_owners_.find(toast);
  return found == toast_owners_.end() ? 0 : found->second;
}

std::string DatabaseCatalog::text(const std::string& stored) const {
  std::string decoded;
  return decoder != nullptr && decoder->decode(stored, decoded) ? decoded : stored;
}

// Of attributes that others add no value has any; where nobody knows yet that it is the same transaction that
// does, its values have more than it sees.
template <class Own>
bool DatabaseCatalog::add_attributes(Oid relation, Own& own, TypeInfo& info) const {
  const ClassRow* newest = classes.newest(relation);
  const ClassRow* seen = classes.seen(relation, own);
  if (newest == nullptr || !add_columns(relation, newest->columns, info.columns)) return false;
  info.attributes = static_cast<std::size_t>(std::clamp<std::int16_t>(seen->columns, 0, newest->columns));
  for (Column& column : std::span(info.columns).first(info.attributes)) {
    column = attributes.seen(AttributeRow::key_of(relation, column.number), own)->column;
    column.name = text(column.name);
  }
  return true;
}

bool DatabaseCatalog::type_settled(Oid type) const {
  const TypeRow* row = types.newest(type);
  if (row == nullptr || !types.settled(type) || !namespaces.settled(row->name_space) || !ranges.settled(type))
    return false;
  if (row->kind != kCompositeKind) return true;
  const ClassRow* relation = classes.newest(row->relation);
  if (relation == nullptr || !classes.settled(row->relation)) return false;
  for (AttributeNumber number = 1; number <= relation->columns; ++number)
    if (!attributes.settled(AttributeRow::key_of(row->relation, number))) return false;
  return true;
}

bool DatabaseCatalog::add_columns(Oid relation, std::int16_t count, std::vector<Column>& columns) const {
  columns.reserve(static_cast<std::size_t>(std::max<std::int16_t>(count, 0)));
  for (AttributeNumber number = 1; number <= count; ++number) {
    const AttributeRow* row = attributes.newest(AttributeRow::key_of(relation, number));
    if (row == nullptr) return false;
    columns.push_back(row->column);
    columns.back().name = text(row->column.name);
  }
  return true;
}

void DatabaseCatalog::add_indexes(RelationSchema& schema) const {
  const auto found = indexes_of_.find(schema.oid);
  if (found == indexes_of_.end()) return;
  for (const Oid index : found->second) {
    const IndexRow* row = indexes.newest(index);
    if (row == nullptr || row->relation != schema.oid) continue;
    if (row->primary) {
      schema.primary_key = row->key_columns;
      schema.primary_key_deferrable = row->deferrable;
    }
    if (row->replica_identity && schema.replica_identity == ReplicaIdentity::index)
      schema.identity_index = row->key_columns;
  }
}

SchemaRef DatabaseCatalog::build_schema(Oid relation, const TransactionFamilies& families, Xid asking) const {
  const ClassRow* row = classes.newest(relation);
  if (row == nullptr) return nullptr;
  const NamespaceRow* name_space = namespaces.seen(row->name_space, families.own(asking));
  if (name_space == nullptr) return nullptr;
  auto schema = std::make_shared<RelationSchema>();
  schema->oid = relation;
  schema->database = row->shared ? 0 : oid;
  if (!row->shared) schema->database_name = name;
  schema->schema = text(name_space->name);
  schema->name = text(row->name);
  schema->kind = row->kind;
  schema->persistence = row->persistence;
  schema->catalog = relation < kFirstUnpinnedObject;
  schema->toast = row->toast;
  schema->rewrite_of = row->rewrite_of;
  schema->replica_identity = static_cast<ReplicaIdentity>(row->replica_identity);
  if (!add_columns(relation, row->columns, schema->columns)) return nullptr;
  add_indexes(*schema);
  return schema;
}

std::optional<TypeInfo> DatabaseCatalog::build_type(Oid type, const TransactionFamilies& families,
                                                    Xid asking) const {
  const auto own = families.own(asking);
  const TypeRow* row = types.seen(type, own);
  if (row == nullptr) return std::nullopt;
  const NamespaceRow* name_space = namespaces.seen(row->name_space, own);
  const RangeRow* range = ranges.seen(type, own);
  TypeInfo info{.oid = type,
                .schema = name_space == nullptr ? std::string() : text(name_space->name),
                .name = text(row->name),
                .kind = static_cast<TypeKind>(row->kind),
                .storage = row->storage,
                .delimiter = row->delimiter,
                .element = row->element,
                .base = row->base,
                .base_typmod = row->base_typmod,
                .range_subtype = range == nullptr ? 0 : range->subtype,
                .multirange_range = 0,
                .columns = {},
                .attributes = 0};
  if (info.kind == TypeKind::multirange) info.multirange_range = range_of(ranges, type);
  if (row->kind == kCompositeKind && !add_attributes(row->relation, own, info)) return std::nullopt;
  return info;
}

}  // namespace walkit
