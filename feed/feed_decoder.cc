#include "feed/feed_decoder.h"

#include <algorithm>

#include "feed/storage_records.h"
#include "walreader/bytes.h"
#include "walreader/rmgr/heap.h"
#include "walreader/rmgr/logical_message.h"
#include "walreader/rmgr/standby.h"
#include "walreader/rmgr/xlog.h"

namespace walkit {
namespace {

std::optional<ChangeKind> change_kind(HeapOperation operation) {
  switch (operation) {
    case HeapOperation::insert:
      return ChangeKind::insert;
    case HeapOperation::update:
      return ChangeKind::update;
    case HeapOperation::remove:
      return ChangeKind::remove;
    default:
      return {};
  }
}

void set_schema_unknown(std::optional<RowValues>& row, bool present) {
  row.reset();
  if (present) row.emplace().unavailable = Unavailable::schema_unknown;
}

std::string as_string(ByteSpan bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace

FeedDecoder::FeedDecoder(const FeedParts& parts, FeedFilter filter, std::uint64_t system_identifier)
    : catalog_(parts.catalog),
      pages_(parts.pages),
      log_(parts.log),
      buffer_(parts.buffer),
      sink_(parts.sink),
      filter_(std::move(filter)),
      system_identifier_(system_identifier),
      heap_(parts.pages, this),
      views_(parts.catalog, filter_),
      toast_(parts.pages, parts.base),
      rows_(parts.catalog, parts.decoders, toast_) {
  catalog_.set_decoders(
      [&decoders = parts.decoders](std::int32_t encoding) { return &decoders.of(encoding); });
}

std::expected<void, std::string> FeedDecoder::apply(const Record& record) {
  if (resumed_ && record.lsn() >= resumed_->position)
    if (auto ended = end_redo(); !ended) return ended;
  if (!redo_.valid()) begin_redo(record.lsn(), record.timeline());
  position_ = record.end();
  last_ = RecordPlace(record);
  return resumed_ ? redo(record) : follow(record);
}

FeedDecoder::Result FeedDecoder::follow(const Record& record) {
  xid_ = record.xid();
  if (xid_ != 0) {
    if (record.toplevel_xid()) {
      buffer_.assign(*record.toplevel_xid(), xid_);
      catalog_.assign(xid_, *record.toplevel_xid());
    }
    buffer_.saw(xid_, record.lsn());
  }
  if (auto followed = follow_changes(record); !followed) return followed;
  catalog_.apply(record);
  switch (record.rmid()) {
    case kTransactionRmgrId:
      return follow_transaction(record);
    case kHeapRmgrId:
      return follow_truncation(record);
    case kLogicalMessageRmgrId:
      return follow_message(record);
    case kStorageRmgrId:
      follow_storage(record);
      return {};
    case kStandbyRmgrId:
    case kXlogRmgrId:
      follow_server(record);
      return {};
    default:
      return {};
  }
}

// Whose pages are to be followed.
bool FeedDecoder::wanted(const RelFileLocator& relation) {
  return catalog_.wants_pages(relation) || views_.of(relation, xid_).role != RelationRole::ignored;
}

FeedDecoder::Result FeedDecoder::follow_changes(const Record& record) {
  const auto changes = heap_.apply(record);
  if (!changes) return std::unexpected(changes.error());
  for (const HeapChange& change : *changes)
    if (auto followed = follow_change(record, change); !followed) return followed;
  return {};
}

FeedDecoder::Result FeedDecoder::follow_change(const Record& record, const HeapChange& change) {
  const CatalogEffect effect = catalog_.apply(change);
  if (effect.truncated != nullptr) truncated(record, effect.truncated);
  if (effect.catalog) return {};
  if (change.operation == HeapOperation::confirm_speculative) {
    auto flushed = flush_truncations(change.xid);
    return flushed ? buffer_.confirm(change.xid) : flushed;
  }
  if (change.operation == HeapOperation::cancel_speculative) {
    buffer_.cancel(change.xid);
    return {};
  }
  catalog_.take_doubt();  // of others
  const RelationView& view = views_.of(change.relation, change.xid);
  switch (view.role) {
    case RelationRole::table:
      return table_change(record, change, view);
    case RelationRole::toast:
      if (change.operation == HeapOperation::insert) toast_.saw_insert(change);
      return {};
    case RelationRole::unknown:
      return unknown_change(record, change);
    case RelationRole::ignored:
    case RelationRole::transient:
      return {};
  }
  return {};
}

void FeedDecoder::start_change(ChangeKind kind, const Record& record, const HeapChange& change) {
  change_.kind = kind;
  change_.lsn = record.lsn();
  change_.xid = change.xid;
  change_.old_schema = nullptr;
  change_.relation = change.relation;
  change_.cascade = change_.restart_identity = false;
  change_.doubt = 0;
}

FeedDecoder::Result FeedDecoder::table_change(const Record& record, const HeapChange& change,
                                              const RelationView& view) {
  const auto kind = change_kind(change.operation);
  if (!kind || !filter_.wants_operation(*kind)) return {};
  start_change(*kind, record, change);
  change_.schema = view.schema;
  const auto read = [&](bool present, const TupleImage& tuple, std::optional<RowValues>& row) {
    if (!present) return row.reset();
    if (!row) row.emplace();
    rows_.read(view, tuple, change.xid, record.lsn(), *row);
  };
  read(*kind != ChangeKind::insert, change.old_tuple, change_.old_row);
  read(*kind != ChangeKind::remove, change.new_tuple, change_.new_row);
  change_.doubt = catalog_.take_doubt();
  if (!views_.concerns(change_)) return {};
  if (!change.speculative) return add(change_);
  buffer_.hold(change_);
  return {};
}

// A relation of which only the file is known: the rows cannot be read, but that there were changes can be
// told.
FeedDecoder::Result FeedDecoder::unknown_change(const Record& record, const HeapChange& change) {
  const auto kind = change_kind(change.operation);
  const DatabaseCatalog* const database = catalog_.find_database(change.relation.database);
  // The files of a database that is being created hold the catalogs of its template.
  const bool being_created =
      database == nullptr || database->on_pages || change.relation.relation < kFirstNormalOid;
  if (!kind || being_created || filter_.leaves_tables_out() || !filter_.wants_operation(*kind) ||
      !filter_.wants_database(database->name))
    return {};
  start_change(*kind, record, change);
  change_.schema = nullptr;
  set_schema_unknown(change_.old_row, *kind != ChangeKind::insert);
  set_schema_unknown(change_.new_row, *kind != ChangeKind::remove);
  return add(change_);
}

// At wal_level=logical a record follows that says more; it takes the place of this.
void FeedDecoder::truncated(const Record& record, const SchemaRef& schema) {
  if (schema->kind != 'r' || schema->catalog || schema->persistence != 'p' || !views_.wants(*schema) ||
      !filter_.wants_operation(ChangeKind::truncate))
    return;
  Change truncation;
  truncation.kind = ChangeKind::truncate;
  truncation.lsn = record.lsn();
  truncation.xid = record.xid();
  truncation.relation = {0, schema->database, schema->oid};
  truncation.schema = views_.named(schema, record.xid());
  truncations_.push_back({std::move(truncation), buffer_.take_place()});
}

// A table that got its file in the same transaction is not given another, but the file is cut
// (ExecuteTruncateGuts). VACUUM, which cuts files, too, waits for the end of whoever changed the table's row.
void FeedDecoder::follow_storage(const Record& record) {
  const auto cut = file_truncation(record);
  if (!cut || cut->blocks != 0 || record.xid() == 0) return;
  const SchemaRef schema = catalog_.schema(cut->relation, record.xid());
  if (schema != nullptr && catalog_.being_changed(*schema)) truncated(record, schema);
}

FeedDecoder::Result FeedDecoder::add(const Change& change) {
  auto flushed = flush_truncations(change.xid);
  return flushed ? buffer_.add(change) : flushed;
}

// Those of a transaction take their place among its changes, before any later one is added.
FeedDecoder::Result FeedDecoder::flush_truncations(Xid xid) {
  for (std::size_t i = 0; i < truncations_.size();) {
    const auto& [change, place] = truncations_[i];
    if (buffer_.top_of(change.xid) != buffer_.top_of(xid)) {
      ++i;
      continue;
    }
    if (auto added = buffer_.add(change, place); !added) return added;
    truncations_.erase(truncations_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return {};
}

FeedDecoder::Result FeedDecoder::follow_truncation(const Record& record) {
  const auto truncation = walkit::truncation(record);
  if (!truncation) return {};
  std::erase_if(truncations_, [&](const Truncation& told) { return told.change.xid == record.xid(); });
  if (!filter_.wants_operation(ChangeKind::truncate)) return {};
  for (Cursor in(truncation->relations); in.remaining() >= sizeof(Oid);) {
    const Oid oid = in.u32();
    const SchemaRef schema = catalog_.schema(truncation->database, oid, record.xid());
    if (schema == nullptr || !views_.wants(*schema)) continue;
    Change change;
    change.kind = ChangeKind::truncate;
    change.lsn = record.lsn();
    change.xid = record.xid();
    change.relation = {0, truncation->database, oid};
    change.schema = views_.named(schema, record.xid());
    change.cascade = truncation->cascade;
    change.restart_identity = truncation->restart_identity;
    if (auto added = add(change); !added) return added;
  }
  return {};
}

FeedDecoder::Result FeedDecoder::follow_message(const Record& record) {
  const auto message = logical_message(record);
  const bool wanted = message && filter_.wants_operation(ChangeKind::message) &&
                      !filter_.leaves_tables_out() &&
                      filter_.wants_database(database_name(message->database));
  if (!wanted) return {};
  Change change;
  change.kind = ChangeKind::message;
  change.lsn = record.lsn();
  change.xid = record.xid();
  change.relation.database = message->database;
  change.transactional = message->transactional;
  change.prefix = as_string(message->prefix);
  change.content = as_string(message->content);
  if (change.transactional) return add(change);
  TransactionInfo context = describe(record);
  context.database = message->database;
  context.database_name = database_name(message->database);
  const bool outside = !filter_.xids.empty() || record.lsn() < filter_.start;
  return outside ? Result{} : sink_.message(context, change);
}

void FeedDecoder::purge(std::span<const Xid> xids) {
  catalog_.abort(xids);
  std::erase_if(truncations_, [&](const Truncation& told) {
    return std::ranges::find(xids, told.change.xid) != xids.end();
  });
}

// Of transactions that had changed catalogs before reading began there may be no record since.
template <class Ended>
void FeedDecoder::purge_catalog(Ended ended) {
  std::vector<Xid> xids = catalog_.open_transactions();
  std::erase_if(xids, [&](Xid xid) { return !ended(xid); });
  if (!xids.empty()) purge(xids);
}

// What the server says of the transactions that still run.
void FeedDecoder::follow_server(const Record& record) {
  if (const auto running = running_transactions(record)) {
    if (!buffer_.knows_first_complete()) buffer_.set_first_complete(running->next);
    purge(buffer_.purge_before(running->oldest_running));
    return purge_catalog([&](Xid xid) { return xid_precedes(xid, running->oldest_running); });
  }
  const auto checkpoint = read_checkpoint(record);
  if (checkpoint && checkpoint->redo > redo_) begin_redo(checkpoint->redo, record.timeline());
  if (!(checkpoint && checkpoint->shutdown) && !is_end_of_recovery(record)) return;
  purge(buffer_.purge_unprepared());
  purge_catalog([&](Xid xid) {
    return !buffer_.knows(xid) && (!checkpoint || xid_precedes(xid, checkpoint->next_xid));
  });
}

FeedDecoder::Result FeedDecoder::gap(Lsn from, Lsn to, std::string_view reason) {
  if (resumed_) resumed_->last = {};  // it may have been in the gap
  pages_.forget_all();
  toast_.forget_all();
  catalog_.lose_all();
  buffer_.lose_track();
  const bool told_before = to <= filter_.start;
  return told_before ? Result{} : sink_.gap(from, to, reason);
}

FeedDecoder::Result FeedDecoder::follow_transaction(const Record& record) {
  if (const auto assignment = subxact_assignment(record)) {
    for (Cursor in(assignment->subxacts); in.remaining() >= sizeof(Xid);) {
      const Xid sub = in.u32();
      if (auto flushed = flush_truncations(sub); !flushed) return flushed;
      buffer_.assign(assignment->top_xid, sub);
      catalog_.assign(sub, assignment->top_xid);
    }
    return {};
  }
  const auto mark = transaction_mark(record);
  if (!mark) return {};
  switch (mark->kind) {
    case TransactionMark::Kind::prepare:
      return prepare(*mark);
    case TransactionMark::Kind::abort:
      abort(*mark);
      return {};
    case TransactionMark::Kind::commit:
      return commit(record, *mark);
  }
  return {};
}

FeedDecoder::Result FeedDecoder::prepare(const TransactionMark& mark) {
  for (const Xid xid : family_of(mark.xid, mark.subxacts)) {
    if (auto flushed = flush_truncations(xid); !flushed) return flushed;
    if (xid != mark.xid) catalog_.assign(xid, mark.xid);
  }
  buffer_.prepare(mark.xid, mark.subxacts, as_string(mark.gid));
  return {};
}

void FeedDecoder::abort(const TransactionMark& mark) {
  const std::vector<Xid> family = family_of(mark.xid, mark.subxacts);
  buffer_.abort(mark.xid, mark.subxacts);
  purge(family);
}

TransactionInfo FeedDecoder::describe(const Record& record) const {
  TransactionInfo info;
  info.system_identifier = system_identifier_;
  info.timeline = history_ ? history_->timeline_of(record.lsn()) : record.timeline();
  info.xid = record.xid();
  info.commit_lsn = record.lsn();
  info.commit_end = record.end();
  info.origin = record.origin().value_or(0);
  return info;
}

std::string FeedDecoder::database_name(Oid database) const {
  const DatabaseRow* row = catalog_.database(database);
  return row == nullptr ? std::string() : row->name;
}

FeedDecoder::Result FeedDecoder::commit(const Record& record, const TransactionMark& mark) {
  const std::vector<Xid> family = family_of(mark.xid, mark.subxacts);
  for (const Xid xid : family)
    if (auto flushed = flush_truncations(xid); !flushed) return flushed;
  const CatalogCommit catalogs = catalog_.commit(family);
  if (auto loaded = load_made_databases(catalog_, pages_, log_, catalogs.databases_on_pages, record.lsn());
      !loaded)
    return loaded;
  TransactionInfo info = describe(record);
  info.xid = mark.xid;
  info.commit_time = mark.time;
  info.gid = as_string(mark.gid);
  info.database = mark.database != 0 ? mark.database : buffer_.database_of(mark.xid, mark.subxacts);
  info.database_name = database_name(info.database);
  if (filter_.wants_commit(info))
    return buffer_.commit(std::move(info), mark.subxacts, sink_, schema_changes(record, mark, catalogs));
  buffer_.abort(mark.xid, mark.subxacts);
  return {};
}

// A relation's new look comes before the rows that have it; that it is gone, after all.
CommitChanges FeedDecoder::schema_changes(const Record& record, const TransactionMark& mark,
                                          const CatalogCommit& commit) {
  CommitChanges changes;
  if (!filter_.wants_operation(ChangeKind::schema)) return changes;
  for (const SchemaChange& altered : commit.changes) {
    const bool dropped = altered.after == nullptr;
    const bool wanted = (!dropped && views_.wants(*altered.after)) ||
                        (altered.before != nullptr && views_.wants(*altered.before));
    if (!wanted) continue;
    Change change;
    change.kind = ChangeKind::schema;
    change.lsn = record.lsn();
    change.xid = mark.xid;
    change.old_schema = views_.named(altered.before, mark.xid);
    change.schema = views_.named(altered.after, mark.xid);
    (dropped ? changes.last : changes.first).push_back(std::move(change));
  }
  return changes;
}

}  // namespace walkit
