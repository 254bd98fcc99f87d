// One catalog's rows through time: what is committed, and what open transactions did to it.
//
// Rows are found by their key (the OID, say), not by their place: whatever moves them, a VACUUM FULL of the
// catalog or another file for it, changes nothing here. At most one live row has a key, so putting a row that
// is there already replaces it, and replaying what the files already showed does no harm.
#pragma once

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "feed/catalog_row.h"

namespace walkit {

/// Pure; one thread at a time. Pointers to rows are valid until the next change.
template <class Row>
class CatalogTable {
 public:
  struct Version {
    Row row;
    Xid made_by = 0;     ///< 0: committed
    Xid removed_by = 0;  ///< 0: live

    template <class Io, class Self>
    static void transfer(Io& io, Self& self) {
      io(self.row, self.made_by, self.removed_by);
    }
  };
  using Versions = std::vector<Version>;

  /// The row after all that was done to it, committed or not. Right for whoever holds a lock that keeps
  /// others from changing it, as everyone who writes to a table does.
  const Row* newest(RowKey key) const {
    const Version* version = live(find(key));
    return version == nullptr ? nullptr : &version->row;
  }

  /// The row as a transaction sees it, `own(xid)` being whether it is one of its own. What others did counts
  /// only where there is nothing else; who asks for what an open transaction made can only be of its family.
  template <class Own>
  const Row* seen(RowKey key, Own&& own) const {
    const Versions* versions = find(key);
    if (versions == nullptr) return nullptr;
    if (versions->size() == 1 || versions->front().made_by != 0) return &versions->back().row;
    const auto sees = [&](const Version& version) {
      return (version.made_by == 0 || own(version.made_by)) &&
             (version.removed_by == 0 || !own(version.removed_by));
    };
    for (auto version = versions->rbegin(); version != versions->rend(); ++version)
      if (sees(*version)) return &version->row;
    return &versions->back().row;
  }

  /// The open transaction that made the newest row what it is; 0 if there is none.
  Xid maker(RowKey key) const {
    const Version* version = live(find(key));
    return version == nullptr ? 0 : version->made_by;
  }

  /// Whether there is such a row for anyone.
  bool contains(RowKey key) const { return rows_.contains(key); }
  /// Whether everyone sees the same of it.
  bool settled(RowKey key) const {
    const Versions* versions = find(key);
    return versions == nullptr || versions->size() == 1;
  }

  /// A row found in a file; `made_by` and `removed_by` are 0 where those ended before.
  void load(Row row, Xid made_by, Xid removed_by) {
    Versions& versions = rows_[row.key()];
    const auto place = made_by == 0 ? versions.begin() : versions.end();
    versions.insert(place, {std::move(row), made_by, removed_by});
  }

  /// `xid` made this row, or changed it to this. False if it was so before.
  bool put(Row row, Xid xid) {
    Versions& versions = rows_[row.key()];
    if (Version* old = live(&versions)) {
      if (old->row == row) return false;
      if (old->made_by == xid) {
        old->row = std::move(row);
        return true;
      }
      old->removed_by = xid;
    }
    versions.push_back({std::move(row), xid, 0});
    return true;
  }

  void remove(RowKey key, Xid xid) {
    const auto found = rows_.find(key);
    if (found == rows_.end()) return;
    Version* old = live(&found->second);
    if (old == nullptr) return;
    old->removed_by = xid;
    if (old->made_by == xid)
      erase_if(found, [&](const Version& version) { return version.made_by == version.removed_by; });
  }

  void commit(RowKey key, Xid xid) {
    const auto found = rows_.find(key);
    if (found == rows_.end()) return;
    for (Version& version : found->second)
      if (version.made_by == xid) version.made_by = 0;
    erase_if(found, [&](const Version& version) { return version.removed_by == xid; });
  }

  void abort(RowKey key, Xid xid) {
    const auto found = rows_.find(key);
    if (found == rows_.end()) return;
    for (Version& version : found->second)
      if (version.removed_by == xid) version.removed_by = 0;
    erase_if(found, [&](const Version& version) { return version.made_by == xid; });
  }

  void forget(RowKey key) { rows_.erase(key); }

  /// All of it, for a snapshot (snapshot_io.h).
  template <class Io, class Self>
  static void transfer(Io& io, Self& self) {
    io(self.rows_);
  }

  /// Calls visit(const Row&) for the newest row of each key that has not been removed.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [key, versions] : rows_)
      if (const Version* version = live(&versions)) visit(version->row);
  }
  /// Calls visit(const Row&, Xid) for each open transaction that made or removed a row.
  template <class Visit>
  void for_each_open(Visit&& visit) const {
    for (const auto& [key, versions] : rows_)
      for (const Version& version : versions)
        for (const Xid xid : {version.made_by, version.removed_by})
          if (xid != 0) visit(version.row, xid);
  }

 private:
  using Rows = std::unordered_map<RowKey, Versions>;

  const Versions* find(RowKey key) const {
    const auto found = rows_.find(key);
    return found == rows_.end() ? nullptr : &found->second;
  }

  template <class SomeVersions>
  static auto live(SomeVersions* versions) -> decltype(&versions->back()) {
    if (versions == nullptr) return nullptr;
    const auto version = std::find_if(versions->rbegin(), versions->rend(),
                                      [](const Version& each) { return each.removed_by == 0; });
    return version == versions->rend() ? nullptr : &*version;
  }

  template <class Test>
  void erase_if(typename Rows::iterator found, Test&& test) {
    std::erase_if(found->second, test);
    if (found->second.empty()) rows_.erase(found);
  }

  Rows rows_;
};

}  // namespace walkit
