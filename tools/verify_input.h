// The files that `walkit verify` is given, by name or by directory, and what their first pages say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "segments/page_probe.h"
#include "tools/verify_report.h"
#include "walreader/chain.h"
#include "walreader/segment_name.h"

namespace walkit {

struct VerifyFile {
  std::string path;
  std::optional<SegmentName> name;  ///< nullopt if the file's name is not that of a segment
  bool partial = false;
  bool archived = false;  ///< see ChainSegment
  PageProbe probe;
};

SegmentFile::Result open_verify_file(const std::string& path);

/// Files that are looked at together: a directory's, or all that were named one by one.
struct VerifySet {
  std::string directory;  ///< empty for files that were named
  std::vector<VerifyFile> files;
  /// Segments whose file cannot be used, which the report says: they are damaged, but not missing.
  std::vector<SegmentName> unusable;
  Histories histories;
  SegmentOpener open = open_verify_file;  ///< takes a path
  /// Why a segment counts as `archived`.
  std::string_view archived_because = "archive_status marks the segment as complete";
};

/// Finds and probes the files. What is no file of WAL, or cannot be read, goes to the report.
std::vector<VerifySet> collect_verify_sets(const std::vector<std::string>& operands, VerifyReport& report);

/// A file that cannot be read: damage if its contents are to blame, else `unreadable`.
VerifyProblem problem_of(const FileError& error, Lsn lsn);

}  // namespace walkit
