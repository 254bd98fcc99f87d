// Changes wait here for the end of their transaction: commits deliver them in the order they were read,
// aborts drop them. Memory is bounded; what exceeds it goes to a SpillStore, the largest transaction first.
//
// Which subtransactions belong to a transaction is known for sure only when it commits: the commit record
// lists them, without those rolled back. Until then each xid has changes of its own, and what is learnt
// earlier (record type ASSIGNMENT, at wal_level=logical a subtransaction's first record) puts them together,
// so that a transaction of a million savepoints stays one thing.
#pragma once

#include <memory>
#include <optional>

#include "feed/change_log.h"

namespace walkit {

/// Whether one xid was given out before another, less than 2^31 transactions apart (TransactionIdPrecedes).
constexpr bool xid_precedes(Xid a, Xid b) { return static_cast<std::int32_t>(a - b) < 0; }

/// A transaction and these subtransactions (u32 each).
std::vector<Xid> family_of(Xid top, ByteSpan subxacts);

class SnapshotReader;
class SnapshotWriter;

/// Changes that only a commit tells of, and where they stand among the others.
struct CommitChanges {
  std::vector<Change> first;
  std::vector<Change> last;
};

/// One thread at a time. Errors come from the SpillStore or the sink; after one the buffer is of no use.
class TransactionBuffer {
 public:
  TransactionBuffer(SpillStore& store, std::size_t memory_bytes)
      : space_(store), limit_bytes_(memory_bytes) {}

  /// Transactions from this one on began after reading did; those before may have changes that were not seen.
  /// While nobody says so, all are taken for partial.
  void set_first_complete(Xid xid) { first_complete_ = xid; }
  bool knows_first_complete() const { return first_complete_.has_value(); }

  /// Any record of a transaction was read.
  void saw(Xid xid, Lsn lsn);
  /// `sub` is a subtransaction of `top`.
  void assign(Xid top, Xid sub);
  /// The top-level transaction of `xid`, as far as it is known yet; else `xid`.
  Xid top_of(Xid xid) const;

  /// Whether anything is kept of `xid`, which may be a subtransaction's.
  bool knows(Xid xid) const { return find(top_of(xid)) != nullptr; }

  /// The change's xid may be a subtransaction's.
  std::expected<void, std::string> add(const Change& change) { return add(change, take_place()); }
  /// A place among all changes for one that is added later, but before any later one of its xid.
  std::uint64_t take_place() { return next_place_++; }
  std::expected<void, std::string> add(const Change& change, std::uint64_t place);
  /// INSERT ... ON CONFLICT: the change counts from confirm() on, or never was. One at a time for each xid.
  void hold(const Change& change);
  std::expected<void, std::string> confirm(Xid xid);
  void cancel(Xid xid);

  /// PREPARE TRANSACTION: from now on it and its subtransactions (u32 each) survive the server's end.
  void prepare(Xid xid, ByteSpan subxacts, std::string_view gid);
  /// Gives the changes of a transaction and those of its subtransactions (u32 each) to `sink`, between
  /// begin() and commit(), with what its end tells besides; nothing if there is nothing. Fills in first_lsn,
  /// partial, and gid if it is empty.
  std::expected<void, std::string> commit(TransactionInfo info, ByteSpan subxacts, EventSink& sink,
                                          const CommitChanges& more = {});
  /// The database that its changes are of; 0 if there are none.
  Oid database_of(Xid xid, ByteSpan subxacts) const;
  /// The transaction or subtransaction and these subtransactions (u32 each) came to nothing.
  void abort(Xid xid, ByteSpan subxacts);
  /// WAL is missing: all transactions until further notice are partial, and what was held may have been
  /// cancelled.
  void lose_track();
  /// Drops what ended without leaving a record: transactions before the oldest that runs ...
  std::vector<Xid> purge_before(Xid oldest_running);
  /// ... and all but the prepared ones where a server ended or began. Both say which, with subtransactions.
  std::vector<Xid> purge_unprepared();

  /// For a snapshot (feed_snapshot.h). load() wants an empty buffer.
  std::expected<void, std::string> save(SnapshotWriter& out);
  std::expected<void, std::string> load(SnapshotReader& in);
  /// Whatever runs now is told as partial.
  void forget_first_complete() { first_complete_.reset(); }

  std::size_t memory_bytes() const { return memory_bytes_; }
  std::size_t transactions() const { return transactions_.size(); }

 private:
  struct Transaction {
    Lsn first_lsn;
    Oid database = 0;
    bool prepared = false;
    std::string gid;
    ChangeLog log;
    std::optional<Change> held;
    std::vector<Xid> subxacts;  // assigned before the end

    /// All but the log.
    template <class Io, class Self>
    static void transfer(Io& io, Self& self) {
      io(self.first_lsn, self.database, self.prepared, self.gid, self.held, self.subxacts);
    }
  };
  using Transactions = std::unordered_map<Xid, std::unique_ptr<Transaction>>;

  Transaction& transaction(Xid xid);
  const Transaction* find(Xid xid) const;
  void drop(Xid xid);
  template <typename Condition>
  std::vector<Xid> drop_if(Condition condition);
  std::expected<void, std::string> append(ChangeLog& log, std::uint64_t sequence, const Change& change);
  std::expected<void, std::string> spill_excess();
  std::expected<void, std::string> save_log(const ChangeLog& log, SnapshotWriter& out);
  std::expected<void, std::string> load_log(ChangeLog& log, SnapshotReader& in);
  std::expected<void, std::string> deliver(const TransactionInfo& info, std::span<const Xid> family,
                                           const CommitChanges& more, EventSink& sink);
  bool partial(Xid xid) const { return !first_complete_ || xid_precedes(xid, *first_complete_); }

  SpillSpace space_;
  SchemaNumbers schemas_;
  std::size_t limit_bytes_;
  std::size_t memory_bytes_ = 0;
  std::uint64_t next_place_ = 1;
  std::optional<Xid> first_complete_;
  Transactions transactions_;
  std::unordered_map<Xid, Xid> tops_;  // of assigned subtransactions
  Xid last_xid_ = 0;                   // what transaction() gave last
  Transaction* last_ = nullptr;
  Change delivered_;  // its buffers are used again
};

}  // namespace walkit
