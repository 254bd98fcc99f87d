// What `walkit find` found, and how it says so: as text and as JSON.
#pragma once

#include <string>
#include <vector>

#include "feed/transaction_summary.h"
#include "tools/find_backups.h"
#include "walreader/local_time.h"
#include "walreader/text_buffer.h"

namespace walkit {

/// A destroyed database or tablespace, by its name where that is known.
struct DestroyedName {
  Destruction what;
  std::string name;
};

struct FoundTransaction {
  TransactionSummary summary;
  TimelineId timeline;        ///< to recover on: that of the commit record by the history
  std::string database_name;  ///< empty if unknown
  std::vector<DestroyedName> destroyed;
  std::uint64_t ordinal = 0;            ///< among all commits that were read, from 0
  const KnownBackup* backup = nullptr;  ///< one of the report's
};

struct FindReport {
  Major major = kNewestMajor;
  std::vector<FoundTransaction> found;
  std::uint64_t matches = 0;    ///< as many there were, shown or not
  std::uint64_t committed = 0;  ///< transactions that were read
  PgTime last_commit;           ///< when the last one of those committed
  Lsn end;                      ///< how far WAL was read
  std::vector<KnownBackup> backups;
  std::string feed_command;  ///< `walkit feed` with the same WAL, without --xid

  /// Commits after a transaction, which a recovery to before it loses.
  std::uint64_t later(const FoundTransaction& of) const { return committed - of.ordinal - 1; }
};

/// The lines for postgresql.conf, without indentation.
std::vector<std::string> recovery_settings(const FoundTransaction& found);
/// The feed that shows one transaction, and the one that undoes it.
std::string show_command(const FindReport& report, const FoundTransaction& found);
std::string undo_command(const FindReport& report, const FoundTransaction& found);

void append_find_text(TextBuffer& out, const FindReport& report, LocalTime& zone);
/// One object; docs/find.md describes it.
void append_find_json(TextBuffer& out, const FindReport& report);

}  // namespace walkit
