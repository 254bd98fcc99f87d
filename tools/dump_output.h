// What `walkit dump` makes of records: lines of text or JSON, counts, saved pages, or nothing.
#pragma once

#include <memory>
#include <optional>

#include "segments/ordered_decode.h"
#include "tools/dump_arguments.h"
#include "tools/local_time.h"
#include "tools/log_names.h"
#include "tools/page_saver.h"
#include "walreader/record_counts.h"

namespace walkit {

/// Prints or counts the records that pass the filter. One for the serial path, one for each unit of a worker.
class DumpOutput final : public UnitOutput {
 public:
  /// `names`: nullptr where relations have none.
  DumpOutput(const DumpArguments& arguments, LogNames* names);

  void add(const Record& record) override;
  void clear() override;
  /// True if the record passed the filter.
  bool add_if_shown(const Record& record);
  /// The names for the records that are added; nullptr: there are none.
  UnitNames* names() { return names_ ? &*names_ : nullptr; }
  std::size_t size_bytes() const override { return text_.size(); }

  TextBuffer& text() { return text_; }
  const RecordCounts* counts() const { return counts_.get(); }
  std::uint64_t shown() const { return shown_; }
  Lsn last_shown_end() const { return last_shown_end_; }

 private:
  const DumpArguments& arguments_;
  const bool filtered_;
  SystemLocalTime zone_;
  std::optional<UnitNames> names_;
  TextBuffer text_;
  std::unique_ptr<RecordCounts> counts_;  // with --stats only: it is large
  std::uint64_t shown_ = 0;
  Lsn last_shown_end_;
};

/// Takes records in order and writes what is made of them to standard output.
class DumpConsumer final : public RecordConsumer {
 public:
  /// `names`: nullptr where relations have none.
  DumpConsumer(const DumpArguments& arguments, Messages& messages, Lsn wanted_start, Geometry geometry,
               TimelineId timeline, LogNames* names);

  void begin(Lsn first) override;
  bool record(const Record& record) override;
  std::unique_ptr<UnitOutput> make_output() override;
  bool take(UnitOutput& output, Lsn end) override;

  /// Writes what has been printed so far.
  void flush();
  /// Prints the table of --stats, if that is what was asked for.
  void print_stats(Major major);
  /// Why saving full-page images failed; nullopt if it did not.
  const std::optional<std::string>& save_error() const { return save_error_; }

 private:
  bool add(const Record& record);

  const DumpArguments& arguments_;
  Messages& messages_;
  const Lsn wanted_start_;
  const Geometry geometry_;
  LogNames* names_;
  DumpOutput own_;
  RecordCounts counts_;
  std::optional<PageSaver> saver_;
  std::optional<std::string> save_error_;
  Lsn first_;
  Lsn counted_end_;
};

}  // namespace walkit
