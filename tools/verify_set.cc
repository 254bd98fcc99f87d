#include "tools/verify_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/units.h"
#include "walreader/read_error.h"

namespace walkit {
namespace {

/// What all segments of a cluster have in common.
struct ClusterId {
  std::uint64_t system_identifier;
  std::uint32_t segment_size_bytes;
  std::uint32_t block_size_bytes;
  std::uint16_t magic;
  auto operator<=>(const ClusterId&) const = default;
};

ClusterId cluster_of(const VerifyFile& file) {
  const PageHeader& page = file.probe.page;
  return {page.system_identifier, page.segment_size_bytes, page.block_size_bytes, page.magic};
}

struct VerdictText {
  ProbeVerdict verdict;
  std::string_view text;
  std::string_view hint;
};

constexpr VerdictText kVerdictTexts[] = {
    {ProbeVerdict::empty_file, "file is empty", "Fetch it again from where it came from."},
    {ProbeVerdict::short_file, "file is too short to hold the header of a WAL page",
     "Fetch it again from where it came from."},
    {ProbeVerdict::zeros, "file begins with zeros: nothing was written to this segment", ""},
    {ProbeVerdict::other_byte_order, "WAL was written by a server of the other byte order",
     "walkit reads WAL of little-endian machines."},
    {ProbeVerdict::unsupported_major, "WAL was written by an unsupported version of PostgreSQL",
     "walkit reads WAL of PostgreSQL 13 to 18."},
    {ProbeVerdict::not_wal, "not a WAL segment", "A segment begins with a page header; this file does not."},
    {ProbeVerdict::not_segment_start, "file begins with a page from the middle of a segment", ""},
    {ProbeVerdict::bad_segment_size,
     "WAL segment size in the page header is not a power of two between 1 MB and 1 GB", ""},
    {ProbeVerdict::bad_block_size,
     "WAL block size in the page header is not a power of two between 1 kB and 64 kB", ""},
};

void report_verdict(const VerifyFile& file, VerifyReport& report) {
  for (const VerdictText& row : kVerdictTexts) {
    if (row.verdict != file.probe.verdict) continue;
    std::string text(row.text);
    if (file.probe.verdict == ProbeVerdict::not_wal || file.probe.verdict == ProbeVerdict::unsupported_major)
      text += fmt::format(" (magic number {:04X} at offset 0)", file.probe.page.magic);
    report.damage(file.path, {}, text, std::string(row.hint));
  }
}

// A file whose first page is there, but no guide; with a name it takes its place among the others.
bool has_damaged_header(const VerifyFile& file) {
  return file.probe.verdict != ProbeVerdict::wal && file.probe.bytes_read == kProbeSize;
}

/// The files of one cluster, checked together.
class ClusterVerifier {
 public:
  ClusterVerifier(std::vector<VerifyFile> files, std::vector<SegmentName> unusable, const VerifySet& set,
                  int jobs, RunProgress progress, VerifyReport& report)
      : set_(set),
        unusable_(std::move(unusable)),
        jobs_(jobs),
        progress_(std::move(progress)),
        report_(report) {
    const auto known =
        std::ranges::find(files, ProbeVerdict::wal, [](const VerifyFile& f) { return f.probe.verdict; });
    format_ = known->probe.format;
    geometry_ = known->probe.geometry();
    system_identifier_ = known->probe.page.system_identifier;
    for (VerifyFile& file : files) place(std::move(file));
    if (std::ranges::none_of(segments_, in_place)) place_by_address();
  }

  void verify() {
    chain_ = find_chain(segments_);
    report_gaps();
    check_histories();
    std::uint64_t done = 0;
    for (const SegmentRun& run : chain_.runs) {
      verify_one(run, done);
      done += run.segments.size() * std::uint64_t{geometry_.segment_size_bytes};
    }
    for (const std::size_t i : chain_.past_end) check_unused(i);
    check_branches();
  }

 private:
  static bool in_place(const ChainSegment& segment) { return segment.first_page == PageState::own; }

  Lsn start_of(std::size_t i) const { return geometry_.segment_start(segments_[i].number); }
  const TimelineHistory* history_of(TimelineId timeline) const {
    const auto found = set_.histories.find(timeline);
    return found == set_.histories.end() ? nullptr : &found->second;
  }

  // Where its name says, or without a name where its first page says.
  void place(VerifyFile file) {
    const PageHeader& page = file.probe.page;
    if (!file.name && geometry_.offset_in_segment(page.address) != 0) {
      report_.damage(file.path, page.address,
                     fmt::format("page address {} is not the start of a segment", to_string(page.address)));
      return;
    }
    if (file.name && !file.name->fits(geometry_.segment_size_bytes)) {
      report_.damage(
          file.path, {},
          fmt::format("no segment of {} has this name", binary_size(geometry_.segment_size_bytes)));
      return;
    }
    ChainSegment segment{.timeline = page.timeline, .number = geometry_.segment_of(page.address)};
    if (file.name) {
      segment = {.timeline = file.name->timeline, .number = file.name->number(geometry_.segment_size_bytes)};
      const TimelineHistory* history = history_of(segment.timeline);
      const Lsn at = geometry_.segment_start(segment.number);
      const TimelineId oldest = history == nullptr ? TimelineId{} : history->timeline_of(at);
      segment.first_page = judge_page(page, at, segment.timeline, oldest, *format_);
      if (segment.first_page == PageState::own && file.probe.verdict != ProbeVerdict::wal)
        segment.first_page = PageState::damaged;
    }
    segment.partial = file.partial;
    segment.archived = file.archived;
    segments_.push_back(segment);
    files_.push_back(std::move(file));
  }

  // No file is what its name says: they were renamed, or are recycled ones that somebody copied.
  void place_by_address() {
    const std::vector<VerifyFile> files = std::move(files_);
    files_.clear();
    segments_.clear();
    for (VerifyFile file : files) {
      if (file.probe.verdict != ProbeVerdict::wal) {
        report_verdict(file, report_);
        continue;
      }
      const PageHeader& page = file.probe.page;
      const Lsn at = geometry_.segment_start(file.name->number(geometry_.segment_size_bytes));
      report_.damage(file.path, at,
                     page.address == at
                         ? fmt::format("unexpected timeline ID {} (should be {})", page.timeline.value,
                                       file.name->timeline.value)
                         : fmt::format("unexpected pageaddr {} in first page", to_string(page.address)),
                     "The file was renamed, or is a recycled one; it is checked as the segment it holds.");
      file.name.reset();
      place(std::move(file));
    }
  }

  void report_gaps() {
    std::vector<SegmentGap> gaps = chain_.gaps;
    const auto branch_gaps = find_branch_gaps(segments_, set_.histories, geometry_.segment_size_bytes);
    gaps.insert(gaps.end(), branch_gaps.begin(), branch_gaps.end());
    for (const SegmentGap& gap : gaps) {
      if (all_unusable(gap)) continue;
      const std::string first = segment_name(gap.timeline, gap.first, geometry_.segment_size_bytes);
      const std::string last = segment_name(gap.timeline, gap.last, geometry_.segment_size_bytes);
      report_.damage(files_[gap.next_segment].path, geometry_.segment_start(gap.first),
                     first == last
                         ? fmt::format("gap before this file: segment {} is missing", first)
                         : fmt::format("gap before this file: segments {} to {} are missing", first, last));
    }
  }

  // The report has said already why these files are of no use.
  bool all_unusable(const SegmentGap& gap) const {
    std::vector<SegmentNo> numbers;
    for (const SegmentName& name : unusable_)
      if (name.timeline == gap.timeline) numbers.push_back(name.number(geometry_.segment_size_bytes));
    if (gap.last.value - gap.first.value >= numbers.size()) return false;
    for (SegmentNo no = gap.first; no <= gap.last; ++no.value)
      if (std::ranges::find(numbers, no) == numbers.end()) return false;
    return true;
  }

  void check_histories() {
    if (!set_.directory.empty()) report_missing_histories();
    for (const auto& [child, history] : set_.histories)
      for (const TimelineSpan& span : history.spans()) {
        const TimelineHistory* parent = history_of(span.timeline);
        if (parent != nullptr && !histories_agree(*parent, history))
          report_.damage(history_path(child), span.begin,
                         fmt::format("history of timeline {} contradicts that of its ancestor {}",
                                     child.value, span.timeline.value));
      }
  }

  void report_missing_histories() {
    TimelineId reported;
    for (const SegmentRun& run : chain_.runs) {
      if (run.timeline.value <= 1 || run.timeline == reported || history_of(run.timeline) != nullptr)
        continue;
      reported = run.timeline;
      report_.warning(history_path(run.timeline), start_of(run.segments.front()),
                      fmt::format("no history file of timeline {}, so where it began cannot be checked",
                                  run.timeline.value));
    }
  }

  std::string history_path(TimelineId timeline) const {
    std::string path = set_.directory;
    if (!path.empty() && !path.ends_with('/')) path += '/';
    return path + history_name(timeline);
  }

  void verify_one(const SegmentRun& run, std::uint64_t done) {
    VerifyRun facts{.format = format_,
                    .geometry = geometry_,
                    .segments = {},
                    .paths = {},
                    .open = set_.open,
                    .archived_because = set_.archived_because,
                    .left_at = {}};
    for (const std::size_t i : run.segments) {
      facts.segments.push_back(segments_[i]);
      facts.paths.push_back(files_[i].path);
    }
    facts.later_segment = std::ranges::any_of(segments_, [&](const ChainSegment& segment) {
      return in_place(segment) && segment.timeline == run.timeline &&
             segment.number > facts.segments.back().number;
    });
    facts.history = history_of(run.timeline);
    facts.left_at = switch_points(run.timeline, segments_, set_.histories);
    VerifiedRange range =
        verify_run(facts, jobs_, [&](std::uint64_t bytes) { progress_(done + bytes); }, report_);
    range.system_identifier = system_identifier_;
    report_.ranges.push_back(std::move(range));
  }

  // A file after the end of WAL: not one of its pages may have been written for its place.
  void check_unused(std::size_t i) {
    const ChainSegment& segment = segments_[i];
    const VerifyFile& file = files_[i];
    RunSource source(set_.open, {file.path}, segment.number, segment.timeline, geometry_);
    const TimelineHistory* history = history_of(segment.timeline);
    bool zeros = true;
    for (Lsn page = source.start(); page < source.end(); page = page + geometry_.block_size_bytes) {
      std::array<std::byte, kShortPageHeaderSize> header;
      const auto got = source.read_at(page, header);
      if (!got && got.error().kind != SourceError::Kind::truncated) {
        report_.problems.push_back(problem_of(got.error().file, page));
        return;
      }
      if (!got || *got < header.size()) break;
      const TimelineId oldest = history == nullptr ? TimelineId{} : history->timeline_of(page);
      const PageState state = judge_page(parse_page_header(header), page, segment.timeline, oldest, *format_);
      zeros = zeros && state == PageState::zeros;
      if (state != PageState::own) continue;
      report_.damage(
          file.path, page,
          fmt::format("page at {} belongs to this segment, whose first page does not", to_string(page)));
      return;
    }
    if (segment.archived)
      report_.damage(file.path, source.start(), "segment is marked as complete and holds no WAL of its own");
    else
      report_.unused.push_back({file.path, zeros});
  }

  // A timeline's first segment begins with a copy of its parent's, up to where that was left.
  void check_branches() {
    for (const auto& [child, history] : set_.histories) {
      if (history.spans().size() < 2) continue;
      const TimelineSpan& parent = history.spans()[history.spans().size() - 2];
      const SegmentNo number = geometry_.segment_of(parent.end);
      const auto child_file = find(child, number);
      const auto parent_file = find(parent.timeline, number);
      if (child_file && parent_file) compare(*child_file, *parent_file, parent.end);
    }
  }

  std::optional<std::size_t> find(TimelineId timeline, SegmentNo number) const {
    for (std::size_t i = 0; i < segments_.size(); ++i)
      if (segments_[i].timeline == timeline && segments_[i].number == number && in_place(segments_[i]))
        return i;
    return {};
  }

  void compare(std::size_t child, std::size_t parent, Lsn end) {
    constexpr std::size_t kPieceBytes = 64 * 1024;
    RunSource ours(set_.open, {files_[child].path}, segments_[child].number, segments_[child].timeline,
                   geometry_);
    RunSource theirs(set_.open, {files_[parent].path}, segments_[parent].number, segments_[parent].timeline,
                     geometry_);
    std::vector<std::byte> a(kPieceBytes), b(kPieceBytes);
    for (Lsn at = ours.start(); at < end;) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, end - at));
      const auto got = ours.read_at(at, std::span(a).first(size));
      const auto other = theirs.read_at(at, std::span(b).first(size));
      if (!got || !other) return;  // the check of the records has said so
      const std::size_t both = std::min(*got, *other);
      const auto differs =
          std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(both), b.begin()).first;
      const auto equal = static_cast<std::size_t>(differs - a.begin());
      if (equal < both) {
        report_.damage(files_[child].path, at + equal,
                       fmt::format("contents differ from {} before {}, where timeline {} left it",
                                   files_[parent].path, to_string(end), segments_[child].timeline.value));
        return;
      }
      at = at + both;
    }
  }

  const VerifySet& set_;
  std::vector<SegmentName> unusable_;
  const int jobs_;
  RunProgress progress_;
  VerifyReport& report_;
  const WalFormat* format_;
  Geometry geometry_;
  std::uint64_t system_identifier_;
  std::vector<VerifyFile> files_;
  std::vector<ChainSegment> segments_;  // one a file
  Chain chain_;
};

using Clusters = std::map<ClusterId, std::vector<VerifyFile>>;

std::string foreign_text(const VerifyFile& file, std::size_t count, const VerifyFile& main) {
  const ClusterId own = cluster_of(main);
  const ClusterId other = cluster_of(file);
  std::string text = "WAL file is from different database system: ";
  if (other.system_identifier != own.system_identifier)
    text += fmt::format("system identifier {}, but {}", other.system_identifier, own.system_identifier);
  else if (other.segment_size_bytes != own.segment_size_bytes)
    text += fmt::format("segment size {}, but {}", binary_size(other.segment_size_bytes),
                        binary_size(own.segment_size_bytes));
  else if (other.block_size_bytes != own.block_size_bytes)
    text += fmt::format("block size {}, but {}", other.block_size_bytes, own.block_size_bytes);
  else
    text += fmt::format("PostgreSQL {}, but {}", static_cast<int>(file.probe.format->major),
                        static_cast<int>(main.probe.format->major));
  text += fmt::format(" in {}", main.path);
  if (count > 1) text += fmt::format("; the same goes for {} more", count - 1);
  return text;
}

Clusters sort_by_cluster(VerifySet& set, std::vector<VerifyFile>& nameless) {
  Clusters clusters;
  for (VerifyFile& file : set.files) {
    if (file.probe.verdict == ProbeVerdict::wal)
      clusters[cluster_of(file)].push_back(std::move(file));
    else
      nameless.push_back(std::move(file));
  }
  return clusters;
}

// Those whose first page is no guide belong to the largest cluster, if their name says where.
void adopt(std::vector<VerifyFile> orphans, std::vector<VerifyFile>* family, VerifySet& set,
           VerifyReport& report) {
  for (VerifyFile& file : orphans) {
    if (family != nullptr && file.name && has_damaged_header(file)) {
      family->push_back(std::move(file));
      continue;
    }
    report_verdict(file, report);
    if (file.name) set.unusable.push_back(*file.name);
  }
}

}  // namespace

void verify_set(VerifySet set, int jobs, const RunProgress& progress, VerifyReport& report) {
  std::vector<VerifyFile> orphans;
  Clusters clusters = sort_by_cluster(set, orphans);
  const auto main =
      std::ranges::max_element(clusters, {}, [](const auto& item) { return item.second.size(); });
  adopt(std::move(orphans), clusters.empty() ? nullptr : &main->second, set, report);
  if (clusters.empty()) return;

  std::vector<SegmentName> unusable = set.unusable;  // to the main cluster, files of others are no use
  for (auto it = clusters.begin(); it != clusters.end(); ++it) {
    if (it == main) continue;
    const VerifyFile& first = it->second.front();
    report.damage(first.path, first.probe.page.address,
                  foreign_text(first, it->second.size(), main->second.front()),
                  "Keep the WAL of each cluster in a directory of its own.");
    for (const VerifyFile& file : it->second)
      if (file.name) unusable.push_back(*file.name);
  }
  std::uint64_t done = 0;
  for (auto it = clusters.begin(); it != clusters.end(); ++it) {
    const std::uint64_t bytes = it->second.size() * std::uint64_t{it->first.segment_size_bytes};
    ClusterVerifier(
        std::move(it->second), it == main ? unusable : set.unusable, set, jobs,
        [&](std::uint64_t of_cluster) { progress(done + of_cluster); }, report)
        .verify();
    done += bytes;
  }
}

}  // namespace walkit
