#include "feed/catalog_follower.h"

#include <algorithm>

#include "feed/transaction_buffer.h"
#include "walreader/bytes.h"
#include "walreader/rmgr/standby.h"
#include "walreader/rmgr/xlog.h"

namespace walkit {
namespace {

bool is_table(const RelationSchema& schema) {
  return schema.kind == 'r' && schema.persistence == 'p' && !schema.catalog;
}

}  // namespace

NamedFile CatalogFollower::name(const RelFileLocator& file, Xid asking) {
  const RelationView& view = views_.of(file, asking);
  if (view.role == RelationRole::unknown) return {file.relation >= kFirstNormalOid, nullptr};
  return {view.role == RelationRole::table, view.schema};
}

std::string CatalogFollower::database_name(Oid database) const {
  const auto found = database_names_.find(database);
  return found == database_names_.end() ? std::string() : found->second;
}

void CatalogFollower::remember_databases() {
  generation_ = catalog_.generation();
  for (const DatabaseRow& row : catalog_.database_rows()) database_names_[row.oid] = row.name;
}

std::expected<void, std::string> CatalogFollower::apply(const Record& record, TransactionSummary* committed) {
  if (record.xid() != 0 && record.toplevel_xid()) catalog_.assign(record.xid(), *record.toplevel_xid());
  const auto changes = heap_.apply(record);
  if (!changes) return std::unexpected(changes.error());
  follow_changes(*changes);
  if (former_ != nullptr) former_->before(catalog_, record);
  catalog_.apply(record);
  if (record.rmid() == kTransactionRmgrId) return follow_end(record, committed);
  if (catalog_.any_open()) follow_server(record);
  return {};
}

// What a server that crashed had not committed never will be.
void CatalogFollower::follow_server(const Record& record) {
  const auto running = running_transactions(record);
  const auto checkpoint = read_checkpoint(record);
  const bool restarted = (checkpoint && checkpoint->shutdown) || is_end_of_recovery(record);
  if (!running && !restarted) return;
  std::vector<Xid> gone = catalog_.open_transactions();
  std::erase_if(gone, [&](Xid xid) {
    return restarted ? prepared_.contains(xid) : !xid_precedes(xid, running->oldest_running);
  });
  if (gone.empty()) return;
  abort(gone);
}

void CatalogFollower::follow_changes(std::span<const HeapChange> changes) {
  for (const HeapChange& change : changes) {
    if (former_ != nullptr) former_->before(catalog_, change);
    const SchemaRef truncated = catalog_.apply(change).truncated;
    if (truncated != nullptr && is_table(*truncated)) truncations_.push_back({change.xid, truncated});
  }
}

std::expected<void, std::string> CatalogFollower::follow_end(const Record& record,
                                                             TransactionSummary* committed) {
  if (const auto assignment = subxact_assignment(record)) {
    for (Cursor subs(assignment->subxacts); subs.remaining() >= sizeof(Xid);)
      catalog_.assign(subs.u32(), assignment->top_xid);
    return {};
  }
  const auto mark = transaction_mark(record);
  if (!mark) return {};
  const std::vector<Xid> family = family_of(mark->xid, mark->subxacts);
  if (mark->kind != TransactionMark::Kind::prepare && !prepared_.empty())
    for (const Xid xid : family) prepared_.erase(xid);
  switch (mark->kind) {
    case TransactionMark::Kind::prepare:
      for (const Xid xid : std::span(family).subspan(1)) catalog_.assign(xid, mark->xid);
      for (const Xid xid : family)
        if (catalog_.is_open(xid)) prepared_.insert(xid);
      return {};
    case TransactionMark::Kind::abort:
      abort(family);
      return {};
    case TransactionMark::Kind::commit:
      break;
  }
  const CatalogCommit commit = catalog_.commit(family);
  if (committed != nullptr) tell(*committed, family, commit);
  forget_truncations(family);
  if (generation_ != catalog_.generation()) remember_databases();
  return load_made_databases(catalog_, pages_, log_, commit.databases_on_pages, record.lsn());
}

void CatalogFollower::abort(std::span<const Xid> xids) {
  if (former_ != nullptr) former_->before_abort(catalog_, xids);
  catalog_.abort(xids);
  forget_truncations(xids);
}

void CatalogFollower::tell(TransactionSummary& committed, std::span<const Xid> family,
                           const CatalogCommit& commit) {
  const auto note = [](std::vector<SchemaRef>& list, const SchemaRef& schema) {
    const bool known =
        std::ranges::any_of(list, [&](const SchemaRef& told) { return told->oid == schema->oid; });
    if (!known) list.push_back(schema);
  };
  for (const SchemaChange& change : commit.changes)
    if (change.before != nullptr && change.after == nullptr) note(committed.dropped, change.before);
  for (const Truncation& truncation : truncations_)
    if (std::ranges::find(family, truncation.xid) != family.end())
      note(committed.truncated, truncation.schema);
  for (const Oid oid : committed.truncated_oids) {
    const SchemaRef schema = catalog_.schema(committed.database, oid, committed.xid);
    if (schema != nullptr && is_table(*schema)) note(committed.truncated, schema);
  }
  committed.drops = !committed.dropped.empty();
  committed.truncates = !committed.truncated.empty();
}

void CatalogFollower::forget_truncations(std::span<const Xid> family) {
  std::erase_if(truncations_, [&](const Truncation& truncation) {
    return std::ranges::find(family, truncation.xid) != family.end();
  });
}

}  // namespace walkit
