// Messages on stderr in the manner of PostgreSQL's programs (common/logging.c): `program: error: text`, then
// detail and hint lines, coloured as PG_COLOR and PG_COLORS say.
#pragma once

#include <string>
#include <string_view>

#include "walreader/version.h"

namespace walkit {

/// Writes messages. What a message is called depends on the major whose program is spoken for: until 14, what
/// ends pg_waldump is `fatal`, and its hints about usage carry no prefix.
class Messages {
 public:
  /// `program` prefixes every message; `command` is what the user types to get help.
  Messages(std::string program, std::string command);

  void speak_as(Major major) { major_ = major; }
  Major major() const { return major_; }
  const std::string& program() const { return program_; }

  void error(std::string_view text) const;  ///< a wrong argument
  void fatal(std::string_view text) const;  ///< what ends the program
  void warning(std::string_view text) const;
  void info(std::string_view text) const;
  void detail(std::string_view text) const;
  void hint(std::string_view text) const;
  /// The hint after a wrong argument: where help is.
  void usage_hint() const;
  /// Whether that hint was given: then the command line was wrong, rather than what it names.
  bool usage_was_wrong() const { return usage_was_wrong_; }

 private:
  struct Colors {
    std::string error, warning, note, locus;
  };
  void write(std::string_view label, const std::string& color, std::string_view text) const;

  std::string program_;
  std::string command_;
  Major major_ = kNewestMajor;
  mutable bool usage_was_wrong_ = false;  // what was said is nothing that a message depends on
  Colors colors_;
};

/// "No such file or directory" for ENOENT: what %m prints.
std::string errno_text(int error);

}  // namespace walkit
