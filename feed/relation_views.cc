#include "feed/relation_views.h"

#include <algorithm>

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
  SchemaRef renewed =
      filter_.columns.empty() ? named(source, asking) : without_others(*named(source, asking));
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

// To whoever prints rows, columns that nobody wants are as if they had been dropped.
SchemaRef RelationViews::without_others(RelationSchema schema) const {
  const auto is_key = [&](AttributeNumber number) {
    return std::ranges::find(schema.primary_key, number) != schema.primary_key.end() ||
           std::ranges::find(schema.identity_index, number) != schema.identity_index.end();
  };
  for (Column& column : schema.columns)
    column.dropped = column.dropped || (!filter_.wants_column(column.name) && !is_key(column.number));
  return std::make_shared<const RelationSchema>(std::move(schema));
}

bool RelationViews::wants(const RelationSchema& schema) const {
  return wants_table(schema) && has_wanted_column(schema);
}

bool RelationViews::wants_table(const RelationSchema& schema) const {
  return filter_.wants_database(schema.database_name) && filter_.wants_table(schema.schema, schema.name);
}

bool RelationViews::has_wanted_column(const RelationSchema& schema) const {
  return filter_.columns.empty() || std::ranges::any_of(schema.columns, [&](const Column& column) {
           return !column.dropped && filter_.wants_column(column.name);
         });
}

bool RelationViews::concerns(const Change& change) const {
  if (filter_.columns.empty()) return true;
  if (!has_wanted_column(*change.schema)) return false;
  if (change.kind != ChangeKind::update) return true;
  const RowValues &before = *change.old_row, &after = *change.new_row;
  if (before.values.size() != after.values.size() || before.key_only) return true;
  for (std::size_t i = 0; i < after.values.size(); ++i) {
    const Column& column = change.schema->columns[i];
    if (column.dropped || !filter_.wants_column(column.name)) continue;
    const bool known = before.values[i].unavailable == Unavailable::none;
    if (!known || before.values[i] != after.values[i]) return true;
  }
  return before.unavailable != Unavailable::none || after.unavailable != Unavailable::none;
}

RelationRole RelationViews::role_of(const RelationSchema& schema) const {
  if (schema.catalog || schema.persistence != 'p' || !filter_.wants_database(schema.database_name))
    return RelationRole::ignored;
  // That of a transient table is one, too, and gives its values' places to the table's.
  if (schema.rewrite_of != 0 && schema.kind != 't') return RelationRole::transient;
  // A table may be given a column that is wanted: then its pages have to be known.
  if (schema.kind == 'r') return wants_table(schema) ? RelationRole::table : RelationRole::ignored;
  if (schema.kind != 't') return RelationRole::ignored;
  const Oid owner = catalog_.toast_owner(schema.database, schema.oid);
  const SchemaRef table = owner == 0 ? nullptr : catalog_.schema(schema.database, owner, 0);
  if (table == nullptr || table->rewrite_of != 0)
    return RelationRole::toast;  // while a table is being rewritten
  return !table->catalog && table->kind == 'r' && wants_table(*table) ? RelationRole::toast
                                                                      : RelationRole::ignored;
}

std::optional<RelFileLocator> RelationViews::toast_file(const RelationSchema& schema) const {
  const DatabaseCatalog* database = catalog_.find_database(schema.database);
  const ClassRow* row =
      database == nullptr || schema.toast == 0 ? nullptr : database->classes.newest(schema.toast);
  if (row == nullptr) return {};
  return catalog_.file_of(*database, *row);
}

}  // namespace walkit
