#include "tools/repository_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "archiver/inventory.h"
#include "archiver/repository_source.h"
#include "tools/opened_repository.h"

namespace walkit {
namespace {

constexpr std::uint32_t kUsualBlockSize = 8192;

// What the source needs as long as it is read.
struct Place {
  OpenedRepository opened;
  ClusterIdentity identity;
};

// Which timeline, and of it which segments.
struct Selection {
  TimelineId timeline;
  SegmentNo first, last;
  bool named = false;  ///< by operands; else first and last are all there are
};

class RepositoryFinder {
 public:
  RepositoryFinder(const InputRequest& request, Messages& messages)
      : request_(request), messages_(messages) {}

  std::optional<WalInput> find(const ArchiveSettings& settings) {
    if (!open(settings)) return {};
    const bool by_time = settings.since || settings.until;
    if (by_time && !request_.operands.empty())
      return fail("segments are chosen by their names or by --since and --until, not by both");
    const auto selection = request_.operands.empty() ? from_listing(settings) : from_names();
    if (!selection) return {};
    auto history = history_of(selection->timeline);
    if (!history) return fail(history.error());
    DirectoryOptions options = decoding_options(request_.jobs);
    options.history = *std::move(history);
    return input_of(*selection, opener(options.window_bytes, true), options);
  }

 private:
  const Repository& repository() const { return place_->opened.repository; }

  std::nullopt_t fail(const ArchiveError& error) {
    report_error(messages_, error);
    return std::nullopt;
  }
  std::nullopt_t fail(const std::string& text) {
    messages_.fatal(text);
    return std::nullopt;
  }

  // What the opener borrows lives as long as it does.
  SegmentOpener opener(std::size_t window_bytes, bool partial) const {
    return [place = place_,
            open = archived_segments(repository(), place_->identity, {.window_bytes = window_bytes},
                                     partial)](const std::string& name) { return open(name); };
  }

  std::expected<TimelineHistory, std::string> history_of(TimelineId timeline) const {
    return read_history(*place_, timeline);
  }
  static std::expected<TimelineHistory, std::string> read_history(const Place& place, TimelineId timeline) {
    auto history = read_archived_history(place.opened.repository, place.identity, timeline);
    if (!history) return std::unexpected(std::move(history).error().text);
    return *std::move(history);
  }

  WalPlace growing_place(DirectoryOptions options, const Geometry& geometry) const {
    WalPlace place;
    place.open = [open = opener(options.window_bytes, false), geometry,
                  options](const TimelineHistory& history) mutable {
      options.history = history;
      return std::make_unique<DirectorySource>(open, history.timeline(), geometry, options);
    };
    place.history = [archive = place_](TimelineId timeline) { return read_history(*archive, timeline); };
    place.segments =
        [archive =
             place_](const TimelineHistory& history) -> std::expected<std::vector<SegmentNo>, std::string> {
      const auto inventory = list_inventory(archive->opened.repository, archive->identity);
      if (!inventory) return std::unexpected(inventory.error().text);
      std::vector<SegmentNo> numbers;
      for (const InventoryItem& item : inventory->items)
        if (item.is_wal() && on_history(history, item.name.wal.segment, archive->identity.segment_size_bytes))
          numbers.push_back(inventory->number_of(item));
      return numbers;
    };
    return place;
  }

  std::expected<TimelineHistory, std::string> chosen_history(const Inventory& inventory) {
    if (!request_.origin) return history_of(request_.timeline.value_or(inventory.newest_timeline()));
    std::vector<TimelineId> timelines;
    for (const InventoryItem& item : inventory.items)
      if (item.is_wal() || item.is(WalFileKind::history)) timelines.push_back(item.name.wal.segment.timeline);
    return choose_history(
        std::move(timelines), *request_.origin, request_.timeline,
        [this](TimelineId timeline) { return history_of(timeline); }, messages_);
  }

  bool open(const ArchiveSettings& settings) {
    auto opened = open_repository(settings);
    if (!opened) return fail(opened.error()), false;
    const auto identity = opened->repository.identity(settings.system_identifier);
    if (!identity) return fail(identity.error()), false;
    place_ = std::make_shared<Place>(*std::move(opened), *identity);
    return true;
  }

  std::optional<Selection> from_names() {
    std::vector<SegmentName> names;
    for (const std::string& operand : request_.operands) {
      const auto name = parse_wal_file_name(operand);
      if (!name || name->kind == WalFileKind::history || name->kind == WalFileKind::backup_history ||
          !name->segment.fits(place_->identity.segment_size_bytes))
        return fail(
            fmt::format("\"{}\" is not the name of a segment in \"{}\"", operand, repository().describe()));
      names.push_back(name->segment);
    }
    const std::uint32_t size = place_->identity.segment_size_bytes;
    Selection selection{names.back().timeline, names.front().number(size), names.back().number(size), true};
    if (selection.last < selection.first)
      return fail(fmt::format("ENDSEG {} is before STARTSEG {}", request_.operands[1], request_.operands[0]));
    return selection;
  }

  // All of a timeline, from the first segment that it or one of its ancestors has; or as much of it as lies
  // between two moments, as the headers tell. Segments in which no transaction ended come with their
  // neighbours.
  std::optional<Selection> from_listing(const ArchiveSettings& settings) {
    const bool by_time = settings.since || settings.until;
    const auto inventory = by_time ? read_inventory(repository(), place_->identity, request_.jobs)
                                   : list_inventory(repository(), place_->identity);
    if (!inventory) return fail(inventory.error());
    const auto history = chosen_history(*inventory);
    if (!history) return fail(history.error());
    const TimelineId timeline = history->timeline();
    Selection selection{.timeline = timeline, .first = {UINT64_MAX}, .last = {}};
    for (const InventoryItem& item : inventory->items) {
      if (!item.is_wal() ||
          !on_history(*history, item.name.wal.segment, inventory->identity.segment_size_bytes))
        continue;
      const SegmentNo number = inventory->number_of(item);
      const bool newest = item.name.wal.segment.timeline == timeline;
      if (!settings.since || ended(item, &SegmentSummary::last_commit) >= settings.since)
        selection.first = std::min(selection.first, number);
      const auto earliest = ended(item, &SegmentSummary::first_commit);
      if (settings.until ? earliest && earliest <= settings.until : newest || request_.origin)
        selection.last = std::max(selection.last, number);
    }
    if (selection.first <= selection.last) return selection;
    return fail(fmt::format("could not find any WAL of timeline {}{} in \"{}\"", timeline.value,
                            by_time ? " and that time" : "", repository().describe()));
  }

  // When the first or the last transaction of a segment ended, if any did.
  static std::optional<PgTime> ended(const InventoryItem& item,
                                     std::optional<PgTime> SegmentSummary::* which) {
    if (!item.header || !item.header->summary) return {};
    return (*item.header->summary).*which;
  }

  std::optional<WalInput> input_of(const Selection& selection, const SegmentOpener& open,
                                   const DirectoryOptions& options) {
    const std::uint32_t segment_size = place_->identity.segment_size_bytes;
    const auto source_with = [&](std::uint32_t block_size) {
      return std::make_unique<DirectorySource>(open, selection.timeline, Geometry{segment_size, block_size},
                                               options);
    };
    WalInput input;
    input.history = options.history;
    input.source = source_with(kUsualBlockSize);
    const auto range = range_of(selection, input.source->geometry());
    if (!range) return {};
    input.range = *range;

    // The block size is in the segments alone. What is wrong with the first one is said when it is decoded.
    std::array<std::byte, kProbeSize> page;
    const Geometry geometry = input.source->geometry();
    const auto got = input.source->read_at(geometry.segment_start(geometry.segment_of(range->start)), page);
    const PageProbe probe = probe_page(ByteSpan(page).first(got.value_or(0)));
    if (probe.verdict == ProbeVerdict::wal) input.source = source_with(probe.page.block_size_bytes);
    input.system_identifier = place_->identity.system_identifier;
    if (!selection.named) input.place = growing_place(options, input.source->geometry());
    input.format = probe.format != nullptr ? probe.format : format_of_identity();
    if (input.format != nullptr && !request_.fixed_dialect) messages_.speak_as(input.format->major);
    return input;
  }

  const WalFormat* format_of_identity() const {
    const int major = place_->identity.major;
    const bool known = major >= static_cast<int>(kOldestMajor) && major <= static_cast<int>(kNewestMajor);
    return known ? &format_of(static_cast<Major>(major)) : nullptr;
  }

  std::optional<DecodeRange> range_of(const Selection& selection, const Geometry& geometry) {
    if (!selection.named) {
      const Lsn all = geometry.segment_start(selection.last) + geometry.segment_size_bytes;
      return DecodeRange{request_.start.valid() ? request_.start : geometry.segment_start(selection.first),
                         request_.end.valid() || request_.follow ? request_.end : all};
    }
    const auto start =
        start_within(request_, selection.first, request_.operands.front(), geometry, messages_);
    if (!start) return {};
    const auto end = end_within(request_, selection.last, request_.operands.back(), geometry, messages_);
    if (!end) return {};
    return DecodeRange{*start, *end};
  }

  const InputRequest& request_;
  Messages& messages_;
  std::shared_ptr<Place> place_;
};

}  // namespace

std::optional<WalInput> open_repository_input(const ArchiveSettings& settings, const InputRequest& request,
                                              Messages& messages) {
  return RepositoryFinder(request, messages).find(settings);
}

}  // namespace walkit
