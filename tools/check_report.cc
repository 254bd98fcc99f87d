#include "tools/check_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "tools/output.h"
#include "walreader/json_sink.h"

namespace walkit {
namespace {

constexpr std::string_view kResultNames[] = {"ok", "warning", "failed", "not checked"};

std::string_view result_name(StepResult result) { return kResultNames[static_cast<std::size_t>(result)]; }

void append_string(JsonSink& sink, std::string_view key, std::string_view value) {
  if (value.empty())
    sink.null(key);
  else
    sink.string({}, key, std::as_bytes(std::span(value)));
}

void append_duration(JsonSink& sink, std::string_view key,
                     std::optional<std::chrono::milliseconds> duration) {
  if (duration)
    sink.uint(key, static_cast<std::uint64_t>(duration->count()));
  else
    sink.null(key);
}

void append_segment(JsonSink& sink, const CheckedSegment& segment) {
  append_string(sink, "segment", segment.file);
  if (segment.restore_point)
    sink.lsn("restore_point", *segment.restore_point);
  else
    sink.null("restore_point");
  append_duration(sink, "archived_ms", segment.archived_in);
  append_duration(sink, "restored_ms", segment.restored_in);
}

bool none_failed(const std::vector<CheckStep>& steps) {
  return std::ranges::none_of(steps, [](const CheckStep& step) { return step.result == StepResult::failed; });
}

}  // namespace

void CheckReport::add(CheckStep step) {
  if (!json_) write_output(step_text(step));
  steps_.push_back(std::move(step));
}

void CheckReport::finish() const {
  if (json_) write_output(report_json(steps_, segment_));
}

bool CheckReport::any_failed() const { return !none_failed(steps_); }

std::string step_text(const CheckStep& step) {
  std::string line = fmt::format("{:<17} {}: {}\n", step.name, result_name(step.result), step.text);
  if (!step.hint.empty()) line += fmt::format("{:<17} hint: {}\n", "", step.hint);
  return line;
}

std::string report_json(const std::vector<CheckStep>& steps, const std::optional<CheckedSegment>& segment) {
  TextBuffer out;
  JsonSink sink(out, format_of(kNewestMajor));
  sink.begin_object({});
  sink.boolean("passed", none_failed(steps));
  append_segment(sink, segment.value_or(CheckedSegment{}));
  sink.begin_array("steps");
  for (const CheckStep& step : steps) {
    sink.begin_object({});
    sink.word("step", step.name);
    sink.word("result", result_name(step.result));
    append_string(sink, "text", step.text);
    append_string(sink, "hint", step.hint);
    sink.end_object();
  }
  sink.end_array();
  sink.end_object();
  out.append('\n');
  return std::string(out.view());
}

}  // namespace walkit
