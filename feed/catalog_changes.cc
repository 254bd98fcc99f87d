// Changes of catalogs, and the ends of the transactions that made them.
#include <algorithm>
#include <string_view>

#include "feed/catalog.h"

namespace walkit {
namespace {

/// Relations whose changes are told: those with rows of their own.
bool is_table(char kind) { return std::string_view("rpm").contains(kind); }

/// A temporary relation concerns its session only, a transient one is gone when its transaction ends.
bool worth_telling(const SchemaRef& schema) {
  return schema == nullptr || (is_table(schema->kind) && schema->persistence != 't' && !schema->catalog &&
                               schema->rewrite_of == 0);
}

/// Where large values are kept is nothing that anyone sees.
bool look_alike(const RelationSchema& a, const RelationSchema& b) {
  RelationSchema copy = a;
  copy.toast = b.toast;
  return copy == b;
}

}  // namespace

CatalogEffect Catalog::apply(const HeapChange& change) {
  const auto found = files_.find(change.relation);
  if (found == files_.end() || found->second.kind == CatalogKind::none) return {};
  const CatalogKind kind = found->second.kind;
  CatalogEffect effect{.catalog = true, .unreadable = false, .truncated = nullptr};
  // Only statistics are changed in place, and whether there are indexes or triggers: nothing that is kept.
  if (change.operation == HeapOperation::change_in_place) return effect;
  if (kind == CatalogKind::databases) {
    change_database_row(change);
    return effect;
  }
  DatabaseCatalog& database = *found->second.database;
  database.with_table(kind, [&](auto& table) { change_row(database, table, change, effect); });
  return effect;
}

template <class Row>
void Catalog::change_row(DatabaseCatalog& database, CatalogTable<Row>& table, const HeapChange& change,
                         CatalogEffect& effect) {
  const bool removes = change.operation == HeapOperation::remove;
  const TupleImage& image = removes ? change.old_tuple : change.new_tuple;
  std::optional<Row> row = Row::read(image.bytes, major_);
  if (!row) {
    lose(database);
    effect.unreadable = true;
    return;
  }
  if (removes) return remove_row(database, table, *row, change.xid);
  if (change.operation == HeapOperation::update) {
    const std::optional<Row> old = Row::read(change.old_tuple.bytes, major_);
    if (old && old->key() != row->key()) remove_row(database, table, *old, change.xid);
  }
  if constexpr (std::is_same_v<Row, ClassRow>) effect.truncated = truncation(database, *row);
  put_row(database, table, std::move(*row), change.xid);
}

template <class Row>
void Catalog::put_row(DatabaseCatalog& database, CatalogTable<Row>& table, Row row, Xid xid) {
  const RowKey key = row.key();
  const Oid relation = relation_of(row);
  const Row* old = table.newest(key);
  if (old != nullptr && *old == row) return;
  remember(database, relation);
  table.put(std::move(row), xid);
  touches_[xid].push_back({xid, database.oid, kind_of<Row>, key, relation});
  if constexpr (std::is_same_v<Row, IndexRow>) database.note_index(*table.newest(key));
  row_changed(database, kind_of<Row>, relation);
}

template <class Row>
void Catalog::remove_row(DatabaseCatalog& database, CatalogTable<Row>& table, const Row& row, Xid xid) {
  const Oid relation = relation_of(row);
  remember(database, relation);
  table.remove(row.key(), xid);
  touches_[xid].push_back({xid, database.oid, kind_of<Row>, row.key(), relation});
  row_changed(database, kind_of<Row>, relation);
}

void Catalog::change_database_row(const HeapChange& change) {
  const bool removes = change.operation == HeapOperation::remove;
  std::optional<DatabaseRow> row =
      DatabaseRow::read((removes ? change.old_tuple : change.new_tuple).bytes, major_);
  if (!row) return;
  const RowKey key = row->key();
  touches_[change.xid].push_back({change.xid, 0, CatalogKind::databases, key, 0});
  ++generation_;
  if (removes)
    databases_.remove(key, change.xid);
  else
    databases_.put(std::move(*row), change.xid);
}

void Catalog::lose(DatabaseCatalog& database) {
  database.lost = true;
  ++generation_;
  std::erase_if(before_, [&](const auto& entry) { return entry.first.database == database.oid; });
  invalidate_all(database);
  types_changed(database.oid);
}

void Catalog::lose_all() {
  all_lost_ = true;
  for (const auto& [oid, database] : catalogs_) {
    database->on_pages = false;
    lose(*database);
  }
}

// A table gets another file by a rewrite, which swaps files with a transient relation, by moving to another
// tablespace, and by TRUNCATE (RelationSetNewRelfilenumber).
SchemaRef Catalog::truncation(const DatabaseCatalog& database, const ClassRow& row) const {
  const ClassRow* old = database.classes.newest(row.oid);
  if (old == nullptr || row.kind != 'r' || old->kind != 'r' || row.rewrite_of != 0) return nullptr;
  if (row.filenode == 0 || old->filenode == 0 || row.filenode == old->filenode) return nullptr;
  if (row.tablespace != old->tablespace || row.persistence == 't') return nullptr;
  const auto file = file_of(database, row);
  if (!file || files_.contains(*file) || !database.usable()) return nullptr;
  return database.build_schema(row.oid, families_, 0);
}

void Catalog::row_changed(DatabaseCatalog& database, CatalogKind kind, Oid relation) {
  ++generation_;
  types_changed(database.oid);
  if (kind == CatalogKind::namespaces) invalidate_all(database);
  if (relation == 0) return;
  if (kind == CatalogKind::classes) {
    if (const ClassRow* row = database.classes.newest(relation)) database.note_toast(*row);
    refresh(database, relation);
  }
  invalidate(database, relation);
}

// What a relation looked like before any open transaction changed it.
void Catalog::remember(const DatabaseCatalog& database, Oid relation) {
  if (relation == 0 || !database.usable()) return;
  const ClassRow* row = database.classes.newest(relation);
  if (row != nullptr && !is_table(row->kind)) return;
  const auto [entry, added] = before_.try_emplace({database.oid, relation});
  if (added) entry->second = database.build_schema(relation, families_, 0);
}

// ALTER SCHEMA RENAME changes the names of all relations in it, and not their rows.
void Catalog::remember_renamed_schemas(std::span<const Touch> touches) {
  for (const Touch& touch : touches) {
    const DatabaseCatalog* database = find_database(touch.database);
    if (touch.kind != CatalogKind::namespaces || database == nullptr) continue;
    if (database->namespaces.settled(touch.key)) continue;
    database->classes.for_each([&](const ClassRow& row) {
      if (row.name_space == touch.key) remember(*database, row.oid);
    });
  }
}

std::vector<Catalog::Touch> Catalog::take_touches(std::span<const Xid> xids) {
  std::vector<Touch> touches;
  for (const Xid xid : xids) {
    families_.forget(xid);
    const auto found = touches_.find(xid);
    if (found == touches_.end()) continue;
    touches.insert(touches.end(), found->second.begin(), found->second.end());
    touches_.erase(found);
  }
  return touches;
}

void Catalog::end_row(const Touch& touch, bool committed) {
  const auto end_in = [&](auto& table) {
    if (committed)
      table.commit(touch.key, touch.xid);
    else
      table.abort(touch.key, touch.xid);
  };
  if (touch.kind == CatalogKind::databases) return end_in(databases_);
  DatabaseCatalog* database = find_database(touch.database);
  if (database == nullptr) return;
  database->with_table(touch.kind, end_in);
  // A transient relation never outlives its transaction. That of pg_class itself is removed from its new
  // file.
  const ClassRow* row =
      touch.kind == CatalogKind::classes ? database->classes.newest(touch.relation) : nullptr;
  if (committed && row != nullptr && row->rewrite_of != 0) database->classes.forget(touch.key);
}

void Catalog::end_rows(std::span<const Touch> touches, bool committed) {
  for (const Touch& touch : touches) end_row(touch, committed);
  for (const Touch& touch : touches) {
    if (touch.kind == CatalogKind::databases)
      database_row_changed(static_cast<Oid>(touch.key));
    else if (DatabaseCatalog* database = find_database(touch.database))
      row_changed(*database, touch.kind, touch.relation);
  }
}

void Catalog::database_row_changed(Oid oid) {
  ++generation_;
  const DatabaseRow* row = database(oid);
  DatabaseCatalog* catalog = find_database(oid);
  if (row == nullptr || catalog == nullptr) return;
  catalog->name = row->name;
  if (catalog->tablespace != row->tablespace) {
    catalog->tablespace = row->tablespace;
    refresh_all(*catalog);
  }
  invalidate_all(*catalog);
}

CatalogCommit Catalog::commit(std::span<const Xid> xids) {
  CatalogCommit result;
  const std::vector<Touch> touches = take_touches(xids);
  if (touches.empty()) return result;
  remember_renamed_schemas(touches);
  end_rows(touches, true);
  result.changes = take_changes(touches);
  for (const Touch& touch : touches) {
    const auto oid = static_cast<Oid>(touch.key);
    const DatabaseCatalog* database = touch.kind == CatalogKind::databases ? find_database(oid) : nullptr;
    if (database != nullptr && database->on_pages &&
        std::ranges::find(result.databases_on_pages, oid) == result.databases_on_pages.end())
      result.databases_on_pages.push_back(oid);
  }
  return result;
}

std::vector<SchemaChange> Catalog::take_changes(std::span<const Touch> touches) {
  std::vector<RelationKey> relations;
  for (const Touch& touch : touches) {
    if (touch.relation != 0) relations.push_back({touch.database, touch.relation});
    if (touch.kind != CatalogKind::namespaces) continue;
    for (const auto& [key, schema] : before_)
      if (key.database == touch.database && is_in_schema(key, static_cast<Oid>(touch.key)))
        relations.push_back(key);
  }
  std::ranges::sort(relations);
  relations.erase(std::ranges::unique(relations).begin(), relations.end());

  std::vector<SchemaChange> changes;
  for (const RelationKey& key : relations) {
    const auto before = before_.find(key);
    if (before == before_.end()) continue;
    SchemaChange change{before->second, schema(key.database, key.relation, 0)};
    before_.erase(before);
    if (change.before == nullptr && change.after == nullptr) continue;
    if (!worth_telling(change.before) || !worth_telling(change.after)) continue;
    if (change.before && change.after && look_alike(*change.before, *change.after)) continue;
    changes.push_back(std::move(change));
  }
  return changes;
}

bool Catalog::is_in_schema(const RelationKey& key, Oid name_space) const {
  const DatabaseCatalog* database = find_database(key.database);
  const ClassRow* row = database == nullptr ? nullptr : database->classes.newest(key.relation);
  return row != nullptr && row->name_space == name_space;
}

std::vector<Xid> Catalog::open_transactions() const {
  std::vector<Xid> xids;
  for (const auto& [xid, touches] : touches_) xids.push_back(xid);
  std::ranges::sort(xids);
  return xids;
}

void Catalog::abort(std::span<const Xid> xids) {
  const std::vector<Touch> touches = take_touches(xids);
  end_rows(touches, false);
  // Unless another change of it is still open, what it looked like before is what it looks like again.
  for (const Touch& touch : touches) {
    aborted_.insert(touch.xid);
    const auto before = before_.find({touch.database, touch.relation});
    if (before == before_.end()) continue;
    const SchemaRef now = schema(touch.database, touch.relation, 0);
    const bool same =
        now == nullptr || before->second == nullptr ? now == before->second : *now == *before->second;
    if (same) before_.erase(before);
  }
}

}  // namespace walkit
