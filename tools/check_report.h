// What `walkit check` found, step by step: printed as it is found, or all at once as JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "walreader/types.h"

namespace walkit {

enum class StepResult : std::uint8_t {
  ok,
  warning,  ///< works, but perhaps not as it should
  failed,
  not_checked,  ///< could not be, and why
};

struct CheckStep {
  std::string_view name;  ///< a literal
  StepResult result = StepResult::ok;
  std::string text;  ///< what was found, or what is wrong
  std::string hint;  ///< what to do; may be empty
};

/// The segment that went into the archive, or came out of it.
struct CheckedSegment {
  std::string file;
  std::optional<Lsn> restore_point;                      ///< written into it by the check
  std::optional<std::chrono::milliseconds> archived_in;  ///< since the switch
  std::optional<std::chrono::milliseconds> restored_in;
};

class CheckReport {
 public:
  /// Text is printed at once, JSON by finish().
  explicit CheckReport(bool json) : json_(json) {}

  void add(CheckStep step);
  void set_segment(CheckedSegment segment) { segment_ = std::move(segment); }
  void finish() const;

  bool any_failed() const;

 private:
  bool json_;
  std::vector<CheckStep> steps_;
  std::optional<CheckedSegment> segment_;
};

/// A line of the text, and one more if there is a hint.
std::string step_text(const CheckStep& step);
/// The whole of the JSON, one line.
std::string report_json(const std::vector<CheckStep>& steps, const std::optional<CheckedSegment>& segment);

}  // namespace walkit
