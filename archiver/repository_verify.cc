#include "archiver/repository_verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "archiver/archived_object.h"
#include "archiver/parallel.h"
#include "walreader/read_error.h"

namespace walkit {
namespace {

using Severity = RepositoryProblem::Severity;

constexpr std::int64_t kDaySeconds = 24 * 60 * 60;
constexpr std::size_t kVariantDigits = 16;

RepositoryProblem problem_of(const std::string& object, const ArchiveError& error) {
  const bool damaged = error.kind == ArchiveError::Kind::damaged;
  return {damaged ? Severity::damage : Severity::unreachable, object, error.text};
}

/// Looks at the plain bytes of one segment as they pass.
class SegmentPass {
 public:
  void feed(ByteSpan bytes) {
    if (probe_) {
      if (check_) check_->feed(bytes);
      return;
    }
    first_.insert(first_.end(), bytes.begin(), bytes.end());
    if (first_.size() >= kProbeSize) begin();
  }

  void finish(CheckedItem& item) {
    if (!probe_) begin();
    item.probe = *probe_;
    if (check_) item.found = check_->finish();
  }

 private:
  void begin() {
    probe_ = probe_page(ByteSpan(first_).first(std::min(first_.size(), kProbeSize)));
    if (probe_->verdict != ProbeVerdict::wal) return;
    check_.emplace(*probe_);
    check_->feed(first_);
    first_ = {};
  }

  std::vector<std::byte> first_;
  std::optional<PageProbe> probe_;
  std::optional<SegmentCheck> check_;
};

// A member of the header and whether the segment agrees.
struct HeaderClaim {
  std::string_view what;
  bool agrees;
};

/// One item, from its header to its last record.
class ItemVerifier {
 public:
  ItemVerifier(Store& store, const ClusterIdentity& identity, const InventoryItem& item)
      : store_(store), identity_(identity), item_(item) {}

  std::vector<RepositoryProblem> verify(CheckedItem& found, const std::function<void(std::size_t)>& passed) {
    if (!item_.header) {
      if (item_.error) problems_.push_back(problem_of(item_.object, *item_.error));
      return std::move(problems_);
    }
    if (!extract(found, passed)) return std::move(problems_);
    found.sound = true;
    check_header();
    if (item_.is_wal()) check_records(found);
    return std::move(problems_);
  }

 private:
  bool extract(CheckedItem& found, const std::function<void(std::size_t)>& passed) {
    auto object = ArchivedObject::open(store_, item_.object);
    SegmentPass pass;
    const auto sink = [&](ByteSpan bytes) -> ArchiveResult<void> {
      if (item_.is_wal()) pass.feed(bytes);
      passed(bytes.size());
      return {};
    };
    const auto extracted =
        object ? object->extract(sink) : ArchiveResult<void>(std::unexpected(object.error()));
    if (!extracted) {
      problems_.push_back(problem_of(item_.object, extracted.error()));
      return false;
    }
    if (item_.is_wal()) pass.finish(found);
    return true;
  }

  void check_header() {
    const ObjectHeader& header = *item_.header;
    if (header.system_identifier != identity_.system_identifier)
      damage(fmt::format("its header says system identifier {}, not {}", header.system_identifier,
                         identity_.system_identifier));
    const std::string digest = header.plain_digest.hex();
    if (!item_.name.variant.empty() &&
        item_.name.variant != std::string_view(digest).substr(0, kVariantDigits))
      damage(fmt::format("its name is that of another variant: its digest is {}", digest));
    if (!item_.is_wal()) return;
    if (header.major != identity_.major)
      damage(fmt::format("its header says PostgreSQL {}, not {}", header.major, identity_.major));
    if (header.segment_size_bytes != identity_.segment_size_bytes)
      damage(fmt::format("its header says segments of {} bytes, not {}", header.segment_size_bytes,
                         identity_.segment_size_bytes));
    if (header.plain_size_bytes != identity_.segment_size_bytes && item_.is(WalFileKind::segment))
      damage(fmt::format("it holds {} bytes, a segment has {}", header.plain_size_bytes,
                         identity_.segment_size_bytes));
  }

  void check_records(const CheckedItem& found) {
    const ObjectHeader& header = *item_.header;
    if (!found.found) {
      if (!header.damaged) damage("its first page is not that of a segment, and its header does not say so");
      return;
    }
    const PageHeader& page = found.probe.page;
    if (page.system_identifier != identity_.system_identifier)
      damage(fmt::format("its WAL is of system identifier {}, not {}", page.system_identifier,
                         identity_.system_identifier));
    compare(*found.found);
    const bool broken = item_.is(WalFileKind::segment) && found.found->ending != SegmentEnding::full;
    if (broken != header.damaged)
      damage(fmt::format("its header says that its records are {}, and they are {}",
                         header.damaged ? "damaged" : "sound", broken ? "damaged" : "sound"));
  }

  void compare(const SegmentSummary& found) {
    if (!item_.header->summary) return damage("its header says nothing about its records");
    const SegmentSummary& said = *item_.header->summary;
    for (const HeaderClaim& claim : {
             HeaderClaim{"first record", said.first == found.first},
             HeaderClaim{"last record", said.last == found.last && said.end == found.end},
             HeaderClaim{"number of records", said.records == found.records},
             HeaderClaim{"transactions",
                         said.lowest_xid == found.lowest_xid && said.highest_xid == found.highest_xid},
             HeaderClaim{"commit times",
                         said.first_commit == found.first_commit && said.last_commit == found.last_commit},
             HeaderClaim{"record check", said.ending == found.ending && said.stopped_at == found.stopped_at},
         })
      if (!claim.agrees) damage(fmt::format("its header disagrees with its WAL: {}", claim.what));
  }

  void damage(std::string text) { problems_.push_back({Severity::damage, item_.object, std::move(text)}); }

  Store& store_;
  const ClusterIdentity& identity_;
  const InventoryItem& item_;
  std::vector<RepositoryProblem> problems_;
};

// The same file under two codecs, which two pushes at once may leave: the content must be one.
void check_twins(const Inventory& inventory, std::vector<RepositoryProblem>& problems) {
  const InventoryItem* first = nullptr;
  for (const InventoryItem& item : inventory.items) {
    if (!item.name.variant.empty() || !item.header) continue;
    const bool twin = first != nullptr && first->name.file == item.name.file;
    if (twin && first->header->plain_digest != item.header->plain_digest)
      problems.push_back(
          {Severity::damage, item.object,
           fmt::format("its content differs from that of \"{}\": digests {} and {}", first->object,
                       item.header->plain_digest.hex(), first->header->plain_digest.hex())});
    if (!twin) first = &item;
  }
}

void check_surroundings(const Inventory& inventory, std::vector<RepositoryProblem>& problems) {
  for (const std::size_t i : inventory.unreadable_texts)
    problems.push_back({Severity::damage, inventory.items[i].object,
                        "its content is not what PostgreSQL writes to such a file"});
  for (const ListedObject& orphan : inventory.orphans)
    problems.push_back({Severity::warning, orphan.name,
                        "header without its segment: a push was interrupted, or is under way"});
  for (const ListedObject& stranger : inventory.strangers)
    problems.push_back({Severity::warning, stranger.name, "no file of this archive has such a name"});
  for (const Leftover& leftover : inventory.leftovers)
    if (leftover.stale())
      problems.push_back(
          {Severity::warning, leftover.name,
           fmt::format("left by an interrupted push {} days ago", leftover.age_seconds / kDaySeconds)});
}

}  // namespace

RepositoryFindings verify_objects(Store& store, const Inventory& inventory, int jobs,
                                  const VerifyProgress& progress) {
  RepositoryFindings findings;
  findings.items.resize(inventory.items.size());
  std::mutex mutex;
  const auto passed = [&](std::size_t bytes) {
    const std::lock_guard lock(mutex);
    findings.plain_bytes += bytes;
    if (progress) progress(findings.plain_bytes);
  };
  for_each_index(inventory.items.size(), jobs, [&](std::size_t i) {
    auto problems =
        ItemVerifier(store, inventory.identity, inventory.items[i]).verify(findings.items[i], passed);
    const std::lock_guard lock(mutex);
    std::ranges::move(problems, std::back_inserter(findings.problems));
  });
  for (const InventoryItem& item : inventory.items) findings.stored_bytes += item.stored_bytes;
  findings.objects = inventory.items.size();
  check_twins(inventory, findings.problems);
  check_surroundings(inventory, findings.problems);
  std::ranges::stable_sort(findings.problems, {}, &RepositoryProblem::object);
  return findings;
}

}  // namespace walkit
