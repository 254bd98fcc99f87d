#include "feed/catalog_names.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "feed/identifier.h"
#include "feed/storage_records.h"

namespace walkit {
namespace {

constexpr std::size_t kMaxFormerNames = std::size_t{1} << 18;

struct NamedKind {
  char kind;
  std::string_view name;
};
constexpr std::array<NamedKind, 5> kKinds{
    {{'r', "table"}, {'m', "materialized view"}, {'i', "index"}, {'t', "toast"}, {'S', "sequence"}}};

std::string_view kind_name(char kind) {
  for (const NamedKind& named : kKinds)
    if (named.kind == kind) return named.name;
  return "relation";
}

bool is_table(const ClassRow& row) { return row.kind == 'r' || row.kind == 'm'; }

/// A relation's row, or that of the one whose place it is to take.
const ClassRow* settled_row(const DatabaseCatalog& database, Oid relation) {
  const ClassRow* row = database.classes.newest(relation);
  if (row == nullptr || row->rewrite_of == 0) return row;
  const ClassRow* original = database.classes.newest(row->rewrite_of);
  return original == nullptr ? row : original;
}

// The owner's row names its TOAST relation only after that has been made, whose own name tells before.
const ClassRow* toast_owner(const DatabaseCatalog& database, const ClassRow& toast) {
  constexpr std::string_view kPrefix = "pg_toast_";
  Oid owner = database.toast_owner(toast.oid);
  if (owner == 0 && toast.name.starts_with(kPrefix))
    std::from_chars(toast.name.data() + kPrefix.size(), toast.name.data() + toast.name.size(), owner);
  return owner == 0 ? nullptr : settled_row(database, owner);
}

const ClassRow* indexed(const DatabaseCatalog& database, const ClassRow& index) {
  const IndexRow* row = database.indexes.newest(index.oid);
  return row == nullptr ? nullptr : settled_row(database, row->relation);
}

// A name may have a newline in it, and lines are what text is read by.
void append_name(std::string& out, std::string_view name) {
  const std::size_t begin = out.size();
  append_identifier(out, name);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), is_control, '?');
}

void append_qualified(std::string& out, const std::string& schema, const std::string& name) {
  append_name(out, schema);
  out += '.';
  append_name(out, name);
}

void append_database(std::string& out, const std::string& database) {
  if (database.empty()) return;
  append_name(out, database);
  out += ": ";
}

// "shop: public.item", "shop: index public.i of public.item", "shop: toast of public.item".
std::string label_of(const RelationName& name, bool is_table) {
  std::string label;
  append_database(label, name.database);
  const bool toast = name.kind.starts_with("toast") && !name.table.empty();
  if (!is_table) (label += name.kind) += toast ? "" : " ";
  if (!toast) append_qualified(label, name.schema, name.name);
  if (is_table || name.table.empty()) return label;
  append_qualified(label += " of ", name.table_schema, name.table);
  return label;
}

std::string table_label_of(const RelationName& name) {
  if (name.table.empty()) return name.label;
  std::string label;
  append_database(label, name.database);
  append_qualified(label, name.table_schema, name.table);
  return label;
}

}  // namespace

std::optional<FoundName> find_name(const Catalog& catalog, const RelFileLocator& file, Xid asking) {
  const auto place = catalog.relation_in(file);
  if (!place) return {};
  const DatabaseCatalog& database = *place->database;
  const ClassRow* row = settled_row(database, place->relation);
  if (row == nullptr) return {};
  FoundName found;
  const auto schema_of = [&](const ClassRow& of) {
    found.settled = found.settled && database.namespaces.settled(of.name_space);
    return catalog.schema_name(database, of, asking);
  };
  RelationName& name =
      found.name = {.database = file.tablespace == kGlobalTablespace ? std::string() : database.name,
                    .schema = schema_of(*row),
                    .name = database.text(row->name),
                    .kind = kind_name(row->kind),
                    .table_schema = {},
                    .table = {},
                    .label = {},
                    .table_label = {}};
  const ClassRow* table = nullptr;
  if (is_table(*row)) {
    table = row;
  } else if (row->kind == 't') {
    table = toast_owner(database, *row);
  } else if (row->kind == 'i') {
    table = indexed(database, *row);
    if (table != nullptr && table->kind == 't') {
      name.kind = "toast index";
      table = toast_owner(database, *table);
    }
  }
  if (table != nullptr) {
    name.table_schema = schema_of(*table);
    name.table = database.text(table->name);
  }
  name.label = label_of(name, is_table(*row));
  name.table_label = table_label_of(name);
  return found;
}

const RelationName* FormerNames::find(const RelFileLocator& file) const {
  const auto found = names_.find(file);
  return found == names_.end() ? nullptr : &found->second;
}

void FormerNames::keep(const Catalog& catalog, const RelFileLocator& file, Xid asking) {
  auto found = find_name(catalog, file, asking);
  if (!found) return;
  // Of an index that is dropped, the row that says whose it is goes first.
  if (const RelationName* kept = find(file); kept != nullptr && found->name.table.empty()) return;
  if (names_.size() >= kMaxFormerNames) names_.clear();
  names_.insert_or_assign(file, std::move(found->name));
}

void FormerNames::before(const Catalog& catalog, const HeapChange& change) {
  const bool removes = change.operation == HeapOperation::remove;
  if (!removes && change.operation != HeapOperation::update) return;
  if (const DatabaseCatalog* database = catalog.rows_of(change.relation, CatalogKind::indexes)) {
    const auto index = IndexRow::read(change.old_tuple.bytes, catalog.major());
    const ClassRow* row = removes && index ? database->classes.newest(index->index) : nullptr;
    if (const auto file = row == nullptr ? std::nullopt : catalog.file_of(*database, *row))
      keep(catalog, *file, change.xid);
    return;
  }
  const auto place = catalog.rows_of(change.relation, CatalogKind::classes);
  if (place == nullptr) return;
  const auto old_row = ClassRow::read(change.old_tuple.bytes, catalog.major());
  if (!old_row) return;
  const auto file = catalog.file_of(*place, *old_row);
  if (!file) return;
  if (!removes) {
    const auto row = ClassRow::read(change.new_tuple.bytes, catalog.major());
    if (!row || catalog.file_of(*place, *row) == file) return;
  }
  keep(catalog, *file, change.xid);
}

// Mapped catalogs get other files without a change of their rows. Of a database that is dropped, all go.
void FormerNames::before(const Catalog& catalog, const Record& record) {
  if (const auto update = relation_map_update(record)) return before(catalog, *update, record.xid());
  const auto dropped = dropped_database(record);
  if (!dropped) return;
  for (const RelFileLocator& file : catalog.files_of(dropped->database)) keep(catalog, file, record.xid());
}

void FormerNames::before_abort(const Catalog& catalog, std::span<const Xid> xids) {
  for (const RelFileLocator& file : catalog.files_touched(xids)) keep(catalog, file, xids.front());
}

void FormerNames::before(const Catalog& catalog, const RelationMapUpdate& update, Xid asking) {
  const DatabaseCatalog* database = catalog.find_database(update.database);
  if (update.database != 0 && database == nullptr) return;
  const RelationMap& old = update.database == 0 ? catalog.shared_map() : database->map;
  const Oid tablespace = update.database == 0 ? kGlobalTablespace : database->tablespace;
  for (const RelationMap::Entry& entry : old.entries())
    if (update.map.filenode(entry.relation) != entry.filenode)
      keep(catalog, {tablespace, update.database, entry.filenode}, asking);
}

}  // namespace walkit
