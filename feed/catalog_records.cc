// Records that change catalogs other than by rows: relation maps, databases made and dropped, and whose
// transaction it is that changes rows (only at wal_level=logical).
//
// PostgreSQL: commands/dbcommands_xlog.h, utils/relmapper.h, access/heapam_xlog.h.
#include <utility>

#include "feed/catalog.h"
#include "feed/heap_records.h"
#include "feed/storage_records.h"
#include "walreader/bytes.h"

namespace walkit {
namespace {

constexpr std::uint8_t kNewCid = 0x70;  // XLOG_HEAP2_NEW_CID; xl_heap_new_cid begins with the top-level xid

// The second from 15 on.
constexpr std::uint8_t kCopy = 0x00, kLog = 0x10;

}  // namespace

void Catalog::apply(const Record& record) {
  if (auto update = relation_map_update(record)) return update_map(*std::move(update));
  if (dropped_database(record)) return drop_database(record);
  if (record.rmid() == kHeap2RmgrId && record.rmgr_info() == kNewCid) follow_family(record);
  if (record.rmid() != kDatabaseRmgrId) return;
  if (record.rmgr_info() == kCopy) copy_database(record);
  if (record.rmgr_info() == kLog && record.major() >= Major::pg15) log_database(record);
}

// From 14 on a subtransaction's first record at wal_level=logical says whose it is, so that one which said
// nothing is none. In 13 it may prove to be one.
void Catalog::follow_family(const Record& record) {
  const Xid top = Cursor(record.main_data()).u32();
  if (top != 0 && (top != record.xid() || major_ >= Major::pg14)) assign(record.xid(), top);
}

// If this is how a copied file had it already, then it was not known until now which files the catalogs were
// in, and changes to them were missed.
void Catalog::update_map(RelationMapUpdate update) {
  if (DatabaseCatalog* database = find_database(update.database)) {
    if (std::exchange(database->map_may_be_later, false) && update.map == database->map) lose(*database);
  }
  set_map(update.database, std::move(update.map));
}

// There is one such record for each tablespace the template has files in; that of its own tablespace stands
// for all. Nobody is connected to a template while it is copied, so all its rows are settled. A database
// moved to another tablespace is copied onto itself: its row in pg_database says where it is when that
// commits.
void Catalog::copy_database(const Record& record) {
  Cursor in(record.main_data());
  const Oid oid = in.u32();
  const Oid tablespace = in.u32();
  const Oid source = in.u32();
  const Oid source_tablespace = in.u32();
  const DatabaseCatalog* original = find_database(source);
  if (!in.ok() || oid == source) return;
  if (original != nullptr && original->tablespace != source_tablespace) return;
  if (original == nullptr) return forget_database(oid);
  auto copy = std::make_unique<DatabaseCatalog>(*original);
  DatabaseCatalog& made = add_database(oid, tablespace);
  copy->oid = oid;
  copy->tablespace = tablespace;
  copy->name = made.name;
  copy->decoder = made.decoder;
  made = std::move(*copy);
  types_changed(oid);
  refresh_all(made);
}

void Catalog::log_database(const Record& record) {
  Cursor in(record.main_data());
  const Oid oid = in.u32();
  const Oid tablespace = in.u32();
  if (in.ok()) add_database(oid, tablespace).on_pages = !all_lost_;
}

// The directories named may be those that a database was moved away from.
void Catalog::drop_database(const Record& record) {
  auto dropped = dropped_database(record);
  const DatabaseCatalog* database = dropped ? find_database(dropped->database) : nullptr;
  if (database == nullptr) return;
  while (dropped->tablespaces.remaining() >= sizeof(Oid))
    if (dropped->tablespaces.u32() == database->tablespace) return forget_database(dropped->database);
}

}  // namespace walkit
