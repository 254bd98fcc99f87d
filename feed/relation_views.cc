#include "feed/relation_views.h"

#include "feed/type_name.h"

namespace walkit {
namespace {

constexpr std::size_t kMaxViews = 10'000;

}  // namespace

const RelationView& RelationViews::of(const RelFileLocator& file, Xid asking) {
  const SchemaRef& source = catalog_.schema(file, asking);
  if (views_.size() > kMaxViews) views_.clear();
  RelationView& view = views_[file];
  if (view.source != source.get() || view.generation != catalog_.generation() || view.generation == 0)
    renew(view, source, asking);
  return view;
}

void RelationViews::renew(RelationView& view, const SchemaRef& source, Xid asking) {
  view.source = source.get();
  view.generation = catalog_.generation();
  view.role = source == nullptr ? RelationRole::unknown : role_of(*source);
  view.toast_file.reset();
  if (view.role != RelationRole::table) {
    view.schema = source;
    return;
  }
  SchemaRef renewed = named(source, asking);
  if (view.schema == nullptr || *view.schema != *renewed) view.schema = std::move(renewed);
  view.toast_file = toast_file(*source);
}

SchemaRef RelationViews::named(const SchemaRef& schema, Xid asking) {
  if (schema == nullptr) return nullptr;
  auto copy = std::make_shared<RelationSchema>(*schema);
  const TypeCatalog& types = catalog_.types(schema->database, asking);
  for (Column& column : copy->columns)
    if (!column.dropped) column.type_name = type_name(types, column.type, column.typmod);
  return copy;
}

bool RelationViews::wants(const RelationSchema& schema) const {
  return filter_.wants_database(schema.database_name) && filter_.wants_table(schema.schema, schema.name);
}

RelationRole RelationViews::role_of(const RelationSchema& schema) const {
  if (schema.catalog || schema.persistence != 'p' || !filter_.wants_database(schema.database_name))
    return RelationRole::ignored;
  // That of a transient table is one, too, and gives its values' places to the table's.
  if (schema.rewrite_of != 0 && schema.kind != 't') return RelationRole::transient;
  if (schema.kind == 'r') return wants(schema) ? RelationRole::table : RelationRole::ignored;
  if (schema.kind != 't') return RelationRole::ignored;
  const Oid owner = catalog_.toast_owner(schema.database, schema.oid);
  const SchemaRef table = owner == 0 ? nullptr : catalog_.schema(schema.database, owner, 0);
  if (table == nullptr || table->rewrite_of != 0)
    return RelationRole::toast;  // while a table is being rewritten
  return !table->catalog && table->kind == 'r' && wants(*table) ? RelationRole::toast : RelationRole::ignored;
}

std::optional<RelFileLocator> RelationViews::toast_file(const RelationSchema& schema) const {
  const DatabaseCatalog* database = catalog_.find_database(schema.database);
  const ClassRow* row =
      database == nullptr || schema.toast == 0 ? nullptr : database->classes.newest(schema.toast);
  if (row == nullptr) return {};
  return catalog_.file_of(*database, *row);
}

}  // namespace walkit
