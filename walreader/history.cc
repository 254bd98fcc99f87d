#include "walreader/history.h"

#include <algorithm>
#include <charconv>
#include <ranges>

namespace walkit {
namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";

std::string_view skip_space(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kSpace), text.size()));
}

/// Takes a number off the front of `text`; nullopt if there is none, or none of 32 bits.
std::optional<std::uint32_t> take_number(std::string_view& text, int base) {
  text = skip_space(text);
  std::uint32_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (fault != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<Lsn> take_lsn(std::string_view& text) {
  const auto high = take_number(text, 16);
  if (!high || !text.starts_with('/')) return std::nullopt;
  text.remove_prefix(1);
  const auto low = take_number(text, 16);
  if (!low) return std::nullopt;
  return Lsn{std::uint64_t{*high} << 32 | *low};
}

std::string_view trim(std::string_view text) {
  text = skip_space(text);
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

/// A line that is neither blank nor a comment; `begin` and order are the caller's.
std::expected<TimelineSpan, HistoryError::Kind> parse_line(std::string_view line) {
  const auto timeline = take_number(line, 10);
  if (!timeline) return std::unexpected(HistoryError::Kind::timeline_expected);
  const auto end = take_lsn(line);
  if (!end) return std::unexpected(HistoryError::Kind::switch_point_expected);
  return TimelineSpan{
      .timeline = TimelineId{*timeline}, .begin = {}, .end = *end, .reason = std::string(trim(line))};
}

}  // namespace

std::string describe(const HistoryError& error) {
  const bool syntax = error.kind == HistoryError::Kind::timeline_expected ||
                      error.kind == HistoryError::Kind::switch_point_expected;
  return std::string(syntax ? "syntax error in history file: " : "invalid data in history file: ") +
         error.line;
}

std::string_view hint(const HistoryError& error) {
  switch (error.kind) {
    case HistoryError::Kind::timeline_expected:
      return "Expected a numeric timeline ID.";
    case HistoryError::Kind::switch_point_expected:
      return "Expected a write-ahead log switchpoint location.";
    case HistoryError::Kind::not_increasing:
      return "Timeline IDs must be in increasing sequence.";
    case HistoryError::Kind::not_below_child:
      return "Timeline IDs must be less than child timeline's ID.";
  }
  return {};
}

TimelineHistory::TimelineHistory(TimelineId timeline) {
  spans_.push_back({.timeline = timeline, .begin = {}, .end = {}, .reason = {}});
}

std::expected<TimelineHistory, HistoryError> TimelineHistory::parse(TimelineId timeline,
                                                                    std::string_view text) {
  TimelineHistory history(timeline);
  TimelineSpan tip = std::move(history.spans_.back());
  history.spans_.clear();
  std::size_t line_number = 0;
  for (const auto& part : std::views::split(text, '\n')) {
    const std::string_view line = trim({part.begin(), part.end()});
    ++line_number;
    if (line.empty() || line.starts_with('#')) continue;
    const auto failed = [&](HistoryError::Kind kind) {
      return std::unexpected(HistoryError{kind, line_number, std::string(line)});
    };
    auto span = parse_line(line);
    if (!span) return failed(span.error());
    if (!history.spans_.empty() && span->timeline <= history.spans_.back().timeline)
      return failed(HistoryError::Kind::not_increasing);
    if (span->timeline >= timeline) return failed(HistoryError::Kind::not_below_child);
    span->begin = tip.begin;
    tip.begin = span->end;
    history.spans_.push_back(*std::move(span));
  }
  history.spans_.push_back(std::move(tip));
  return history;
}

TimelineId TimelineHistory::timeline_of(Lsn lsn) const {
  // Newest first, and ends are not looked at: recovery to a point before its timeline's own beginning leaves
  // a history whose switch points decrease, and there the newest timeline is the right answer too.
  for (const TimelineSpan& span : spans_ | std::views::reverse)
    if (span.begin <= lsn) return span.timeline;
  return spans_.front().timeline;
}

std::optional<Lsn> TimelineHistory::switch_point(TimelineId timeline) const {
  for (const TimelineSpan& span : spans_)
    if (span.timeline == timeline && span.timeline != spans_.back().timeline) return span.end;
  return std::nullopt;
}

}  // namespace walkit
