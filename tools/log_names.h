// The names of files through the log (--catalog), for commands that decode it on several threads.
//
// One thread follows the catalogs: the one that has the records in order. The others decode units ahead of
// their turn with the names of that moment; a unit is taken as it is if the catalogs are still the same when
// its turn comes and nothing in it concerns them, else its records come one by one. So the names are those
// that one thread would give.
#pragma once

#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/followed_catalog.h"
#include "tools/wal_input.h"

namespace walkit {

class LogNames;

/// The names in one unit, or in the records that come one by one. One thread at a time; the LogNames is
/// shared.
class UnitNames final : public RelationNames {
 public:
  explicit UnitNames(LogNames& log) : log_(log) {}

  /// Other records follow: in a unit, or, where they come one by one, each time another one.
  void restart();
  /// The record whose files are asked for next.
  void add(const Record& record);
  const RelationName* of(const RelFileLocator& file) override;

  /// False: the unit will not be accepted, so its other records need not be added.
  bool usable() const { return usable_; }

 private:
  friend class LogNames;
  struct Entry {
    std::shared_ptr<const RelationName> name;
    bool followed = false;  ///< a catalog's
    bool settled = true;    ///< the same whoever asks
  };

  const Entry& entry(const RelFileLocator& file);

  LogNames& log_;
  std::uint64_t version_ = 0;
  Xid asking_ = 0;
  bool concerns_ = false;       // the catalogs have to be told of the record that was added last
  bool usable_ = true;          // as a unit
  bool says_who_runs_ = false;  // some transactions may be known never to end
  std::vector<Xid> ended_;      // in this unit
  std::unordered_map<RelFileLocator, Entry, FileHash> entries_;  // right in version_
  Entry unsettled_;
};

class LogNames {
 public:
  LogNames(FeedOrigin origin, const Messages& messages);

  /// Reads the catalogs and follows them to where the input begins. Where that cannot be, it says so once,
  /// and names stay as they are. False: the WAL is another server's, which it says, too.
  bool catch_up(WalInput& input, int jobs);

  /// The next record in order, after it was printed with `names`, which it was added to.
  void apply(const Record& record, const UnitNames& names);
  /// WAL is missing: from here on names stay as they are.
  void skip(Lsn from, Lsn to);
  /// Whether a unit that comes next in order has the right names; then it counts as applied.
  bool accepts(const UnitNames& unit) const;

 private:
  friend class UnitNames;

  std::expected<void, std::string> read(const WalInput& input);
  std::uint64_t version() const;
  /// nullopt: the version is another by now.
  std::optional<UnitNames::Entry> look_up(const RelFileLocator& file, Xid asking,
                                          std::uint64_t version) const;
  bool changes_catalogs(const Record& record) const;
  void stop_following(const std::string& why);

  mutable std::mutex mutex_;
  FeedOrigin origin_;
  const Messages& messages_;
  FormerNames former_;
  FollowedCatalog followed_{origin_};
  bool following_ = true;
  bool told_of_earlier_ = false;
};

/// What `--catalog` says, or nothing where it was not given. False: it said what is wrong.
bool open_names(const std::string& where, WalInput& input, int jobs, const Messages& messages,
                std::unique_ptr<LogNames>& names);

}  // namespace walkit
