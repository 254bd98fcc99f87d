// catalog_check DATA_DIRECTORY [WAL_DIRECTORY]: prints what all relations and types of all databases look
// like by the catalogs in a data directory, after the WAL in a directory where one is given, in lines as the
// queries of tests/integration/catalog.sh give them. Transactions that have not ended count as rolled back.
// What commits did to tables on the way goes to stderr.
#include <fmt/format.h>

#include <map>

#include "feed/catalog_loader.h"
#include "feed/heap_decoder.h"
#include "feed/io/data_directory_reader.h"
#include "feed/io/iconv_decoder.h"
#include "feed/value_renderer.h"
#include "segments/directory_source.h"
#include "segments/page_probe.h"
#include "segments/record_stream.h"
#include "tests/support/memory_spill_store.h"
#include "walreader/bytes.h"
#include "walreader/rmgr/transaction.h"

namespace walkit {
namespace {

[[noreturn]] void die(const std::string& why) {
  fmt::print(stderr, "catalog_check: {}\n", why);
  std::exit(1);
}

class CatalogFilter : public RelationFilter {
 public:
  explicit CatalogFilter(const Catalog& catalog) : catalog_(catalog) {}
  bool wanted(const RelFileLocator& relation) override { return catalog_.wants_pages(relation); }

 private:
  const Catalog& catalog_;
};

std::string name_of(const SchemaRef& schema) {
  return schema == nullptr ? "-"
                           : fmt::format("{}.{}.{}", schema->database_name, schema->schema, schema->name);
}

/// Brings the catalogs forward by WAL.
class Replay {
 public:
  Replay(DataDirectoryReader& start, Catalog& catalog)
      : start_(start),
        catalog_(catalog),
        filter_(catalog),
        pages_(store_, &start.pages()),
        decoder_(pages_, &filter_) {}

  void run(const std::string& directory) {
    const auto entries = SegmentDirectory(directory).list();
    if (!entries || entries->empty()) die("no WAL in " + directory);
    const auto file = SegmentFile::open(entries->front().path);
    if (!file) die("cannot open " + entries->front().path);
    const auto probe = probe_file(**file);
    if (!probe || probe->verdict != ProbeVerdict::wal) die("not WAL: " + entries->front().path);
    DirectorySource source(SegmentDirectory(directory), start_.timeline(), probe->geometry());
    RecordStream stream(source, *probe->format, Lsn{});
    stream.find(start_.start());
    std::size_t records = 0;
    for (; stream.next() == StreamStatus::record; ++records) take(stream.record());
    if (records == 0) die("no record at the start");
  }

 private:
  void take(const Record& record) {
    catalog_.apply(record);
    const auto changes = decoder_.apply(record);
    if (!changes) die(changes.error());
    for (const HeapChange& change : *changes) {
      const CatalogEffect effect = catalog_.apply(change);
      if (effect.unreadable)
        die(fmt::format("unreadable change at {:X} of ({},{}) in file {}", record.lsn().value,
                        change.new_place.block, change.new_place.offset, change.relation.relation));
      if (effect.truncated) fmt::print(stderr, "truncated {}\n", name_of(effect.truncated));
    }
    if (const auto mark = transaction_mark(record)) end(*mark, record);
  }

  void end(const TransactionMark& mark, const Record& record) {
    if (mark.kind == TransactionMark::Kind::prepare) return;
    std::vector<Xid> xids{mark.xid};
    for (Cursor in(mark.subxacts); in.remaining() >= sizeof(Xid);) xids.push_back(in.u32());
    if (mark.kind == TransactionMark::Kind::abort) return catalog_.abort(xids);
    const CatalogCommit commit = catalog_.commit(xids);
    for (const SchemaChange& change : commit.changes)
      fmt::print(stderr, "changed {} -> {}\n", name_of(change.before), name_of(change.after));
    const auto loaded =
        load_made_databases(catalog_, pages_, start_.transactions(), commit.databases_on_pages, record.end());
    if (!loaded) die(loaded.error());
  }

  DataDirectoryReader& start_;
  Catalog& catalog_;
  CatalogFilter filter_;
  test::MemorySpillStore store_;
  PageTable pages_;
  HeapDecoder decoder_;
};

std::string numbers(const std::vector<AttributeNumber>& columns) {
  return fmt::format("{}", fmt::join(columns, " "));
}

/// Prints one database.
class Printer {
 public:
  Printer(Catalog& catalog, const DatabaseRow& row, const TextDecoder& decoder)
      : catalog_(catalog), database_(*catalog.find_database(row.oid)), name_(row.name), decoder_(decoder) {}

  void print() {
    database_.classes.for_each([&](const ClassRow& row) { print_relation(row); });
    database_.types.for_each([&](const TypeRow& row) { print_type(row.oid); });
    database_.enums.for_each([&](const EnumRow& row) {
      fmt::print("E|{}|{}|{}\n", name_, row.oid, types().enum_label(row.oid).value_or("?"));
    });
  }

 private:
  const TypeCatalog& types() { return catalog_.types(database_.oid, 0); }

  std::string type_name(Oid oid) {
    if (oid == 0) return "-";
    const TypeInfo* type = types().type(oid);
    return type == nullptr ? "?" : fmt::format("{}.{}", type->schema, type->name);
  }

  void print_relation(const ClassRow& row) {
    if (row.persistence == 't' || row.shared) return;
    const auto file = catalog_.file_of(database_, row);
    const SchemaRef schema = catalog_.schema(database_.oid, row.oid, 0);
    if (schema == nullptr) die(fmt::format("no schema of {}", row.name));
    const SchemaRef by_file = file ? catalog_.schema(*file, 0) : schema;
    if (by_file == nullptr || *by_file != *schema) die(fmt::format("another schema by file of {}", row.name));
    if (row.toast != 0 && catalog_.toast_owner(database_.oid, row.toast) != row.oid)
      die(fmt::format("{} does not own its TOAST relation", row.name));
    const std::string place =
        file ? fmt::format("{}/{}/{}", file->tablespace, file->database, file->relation) : "-";
    fmt::print("R|{}|{}|{}|{}{}{}|{}|{}|{}|{}\n", schema->database_name, schema->schema, schema->name,
               schema->kind, schema->persistence, static_cast<char>(schema->replica_identity), schema->toast,
               place, numbers(schema->primary_key), numbers(schema->identity_index));
    for (const Column& column : schema->columns) print_column(*schema, column);
  }

  void print_column(const RelationSchema& schema, const Column& column) {
    fmt::print(
        "C|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}\n", name_, schema.schema, schema.name, column.number, column.name,
        column.dropped ? "-" : type_name(column.type), column.typmod, storage(column.storage),
        fmt::format("{:d}{:d}{:d}", column.not_null, column.dropped, column.generated), missing(column));
  }

  std::string storage(const Storage& storage) {
    return fmt::format("{}{}{:d}", storage.length, storage.align, storage.by_value);
  }

  std::string missing(const Column& column) {
    if (!column.missing) return "";
    ValueRenderer renderer(catalog_.major(), types(), decoder_, nullptr);
    ColumnValue value;
    renderer.render(column, Datum{.null = false, .bytes = *column.missing}, value);
    return value.text;
  }

  void print_type(Oid oid) {
    const TypeInfo* found = types().type(oid);
    if (found == nullptr) die(fmt::format("no type {}", oid));
    const TypeInfo type = *found;
    fmt::print("T|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}\n", name_, type.schema, type.name,
               static_cast<char>(type.kind), storage(type.storage), type.delimiter, type_name(type.element),
               type_name(type.base), type.base_typmod, type_name(type.range_subtype),
               type_name(type.multirange_range), type.columns.size());
  }

  Catalog& catalog_;
  DatabaseCatalog& database_;
  std::string name_;
  const TextDecoder& decoder_;
};

/// A decoder for each encoding.
class Decoders {
 public:
  const TextDecoder* of(std::int32_t encoding) {
    std::unique_ptr<TextDecoder>& decoder = decoders_[encoding];
    if (decoder == nullptr) {
      auto opened = open_decoder(encoding);
      if (!opened) die(opened.error());
      decoder = std::move(*opened);
    }
    return decoder.get();
  }

 private:
  std::map<std::int32_t, std::unique_ptr<TextDecoder>> decoders_;
};

int run(const std::string& directory, const char* wal) {
  auto reader = DataDirectoryReader::open(directory);
  if (!reader) die(reader.error());
  auto catalog = (*reader)->read_catalog();
  if (!catalog) die(catalog.error());
  Decoders decoders;
  (*catalog)->set_decoders([&](std::int32_t encoding) { return decoders.of(encoding); });
  if (wal != nullptr) Replay(**reader, **catalog).run(wal);
  (*catalog)->abort((*catalog)->open_transactions());
  for (const DatabaseRow& row : (*catalog)->database_rows()) {
    fmt::print("D|{}|{}|{}|{}\n", row.oid, row.name, row.encoding, row.tablespace);
    if ((*catalog)->find_database(row.oid) == nullptr) die("nothing is known of database " + row.name);
    if (row.name != "template0") Printer(**catalog, row, *decoders.of(row.encoding)).print();
  }
  return 0;
}

}  // namespace
}  // namespace walkit

int main(int argc, char** argv) {
  if (argc < 2) walkit::die("which directory?");
  return walkit::run(argv[1], argc > 2 ? argv[2] : nullptr);
}
