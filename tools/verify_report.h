// What `walkit verify` found, and how it says so.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "walreader/text_buffer.h"
#include "walreader/types.h"
#include "walreader/version.h"

namespace walkit {

enum class Severity : std::uint8_t {
  warning,     ///< nothing is wrong, but something could not be checked
  damage,      ///< damage or a gap
  unreadable,  ///< an operating system's error: what is there is not known
};

/// A block that a damaged record refers to, if its headers can be believed.
struct DamagedBlock {
  RelFileLocator relation;
  Fork fork = Fork::main;
  BlockNumber block = 0;
  std::string label{};  ///< of the relation, see RelationName; empty: nobody knows it
};

/// One line of the report.
struct VerifyProblem {
  Severity severity = Severity::damage;
  std::string file;  ///< or directory
  Lsn lsn{};         ///< zero if none can be told
  std::string text;
  std::string hint{};
  std::vector<DamagedBlock> blocks{};
  Lsn resumed{};  ///< the first record that was read after it; zero if it ends what was read
};

/// Consecutive segments of one timeline.
struct VerifiedRange {
  std::uint64_t system_identifier = 0;
  Major major = kNewestMajor;
  TimelineId timeline;
  std::string first_file, last_file;
  Lsn start{};  ///< of the first segment
  Lsn end{};    ///< where the next record would begin
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;  ///< of the segments
  std::uint64_t records = 0;
  std::string end_of_wal{};  ///< what is there instead of a record, if WAL ends within the range
};

struct UnusedFile {
  std::string file;
  bool zeros = false;  ///< never written; else recycled
};

struct VerifyReport {
  std::vector<VerifyProblem> problems;
  std::vector<VerifiedRange> ranges;
  std::vector<UnusedFile> unused;

  void damage(std::string file, Lsn lsn, std::string text, std::string hint = {}) {
    problems.push_back({Severity::damage, std::move(file), lsn, std::move(text), std::move(hint)});
  }
  void warning(std::string file, Lsn lsn, std::string text, std::string hint = {}) {
    problems.push_back({Severity::warning, std::move(file), lsn, std::move(text), std::move(hint)});
  }
  std::size_t count(Severity severity) const;
};

/// A line a problem, then a summary. What could not be read is left to whoever writes to standard error.
void append_text(TextBuffer& out, const VerifyReport& report);

/// One object and a newline.
void append_json(TextBuffer& out, const VerifyReport& report);

/// "could not open file ...: ..." for people: the problem without its hint.
std::string problem_line(const VerifyProblem& problem);

}  // namespace walkit
