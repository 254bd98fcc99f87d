#include "tools/dump_output.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/interrupt.h"
#include "tools/output.h"
#include "walreader/json_sink.h"

namespace walkit {
namespace {

constexpr std::size_t kFlushBytes = 128 * 1024;

}  // namespace

DumpOutput::DumpOutput(const DumpArguments& arguments, LogNames* names)
    : arguments_(arguments), filtered_(!arguments.filter.empty()) {
  if (names != nullptr) names_.emplace(*names).restart();
  if (arguments.stats != StatsMode::off) counts_ = std::make_unique<RecordCounts>();
}

void DumpOutput::clear() {
  text_.clear();
  if (counts_) counts_->clear();
  shown_ = 0;
  last_shown_end_ = {};
  if (names_) names_->restart();
}

void DumpOutput::add(const Record& record) {
  if (names_) names_->add(record);
  if (!names_ || names_->usable()) add_if_shown(record);
}

bool DumpOutput::add_if_shown(const Record& record) {
  if (filtered_ && !arguments_.filter.matches(record, names())) return false;
  ++shown_;
  if (arguments_.quiet) return true;
  if (counts_) {
    counts_->add(record);
    last_shown_end_ = record.end();
  } else if (arguments_.format == DumpFormat::json) {
    append_record_json(text_, record, names());
  } else {
    append_record(text_, record, arguments_.details, zone_, names());
  }
  return true;
}

DumpConsumer::DumpConsumer(const DumpArguments& arguments, Messages& messages, Lsn wanted_start,
                           Geometry geometry, TimelineId timeline, LogNames* names)
    : arguments_(arguments),
      messages_(messages),
      wanted_start_(wanted_start),
      geometry_(geometry),
      names_(names),
      own_(arguments, names) {
  if (arguments.save_fullpage) saver_.emplace(*arguments.save_fullpage, timeline);
}

// Says what is passed over, unless reading began with a segment. Until 16 that line went to standard output.
void DumpConsumer::begin(Lsn first) {
  if (first_.valid()) return;  // going on after damage
  first_ = first;
  if (first == wanted_start_ || geometry_.offset_in_segment(wanted_start_) == 0) return;
  const auto skipped = static_cast<std::uint32_t>(first - wanted_start_);
  const std::string text =
      fmt::format("first record is after {}, at {}, skipping over {} byte{}", to_string(wanted_start_),
                  to_string(first), skipped, skipped == 1 ? "" : "s");
  if (messages_.major() < Major::pg17 && arguments_.format == DumpFormat::text)
    write_dump(text + "\n");
  else
    messages_.info(text);
}

bool DumpConsumer::record(const Record& record) {
  if (interrupted()) return false;
  if (!add(record)) return true;
  if (own_.size_bytes() >= kFlushBytes) flush();
  if (saver_) {
    if (auto error = saver_->save(record)) {
      save_error_ = std::move(error);
      return false;
    }
  }
  return arguments_.limit <= 0 || own_.shown() < static_cast<std::uint64_t>(arguments_.limit);
}

bool DumpConsumer::add(const Record& record) {
  UnitNames* const names = own_.names();
  if (names == nullptr) return own_.add_if_shown(record);
  names->restart();
  names->add(record);
  const bool shown = own_.add_if_shown(record);
  names_->apply(record, *names);
  return shown;
}

std::unique_ptr<UnitOutput> DumpConsumer::make_output() {
  return std::make_unique<DumpOutput>(arguments_, names_);
}

// Only asked for where no limit counts records and no pages are saved: see needs_order in cmd_dump.cc.
bool DumpConsumer::take(UnitOutput& output, Lsn) {
  if (interrupted()) return false;
  auto& unit = static_cast<DumpOutput&>(output);
  if (names_ != nullptr && !names_->accepts(*unit.names())) return false;
  flush();
  write_dump(unit.text().view());
  if (unit.counts() != nullptr && unit.last_shown_end().valid()) {
    counts_ += *unit.counts();
    counted_end_ = unit.last_shown_end();
  }
  return true;
}

void DumpConsumer::flush() {
  write_dump(own_.text().view());
  own_.text().clear();
}

// From 15 on the table has a heading, and without records there is no table at all.
void DumpConsumer::print_stats(Major major) {
  if (arguments_.stats == StatsMode::off || arguments_.quiet) return;
  counts_ += *own_.counts();
  const Lsn end = std::max(counted_end_, own_.last_shown_end());
  TextBuffer out;
  if (major >= Major::pg15) {
    if (!end.valid()) return;
    out.append(fmt::format("WAL statistics between {} and {}:\n", to_string(first_), to_string(end)));
  }
  append_counts_table(
      out, counts_, arguments_.stats == StatsMode::by_record ? CountsBy::record_type : CountsBy::rmgr, major);
  write_dump(out.view());
}

}  // namespace walkit
