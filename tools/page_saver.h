// Full-page images of records as files (pg_waldump --save-fullpage).
#pragma once

#include <optional>
#include <string>

#include "walreader/record.h"

namespace walkit {

/// Makes sure that `directory` is there and empty, creating it with its parents. Otherwise says why not.
std::optional<std::string> prepare_page_directory(const std::string& directory);

/// Writes each image of a record, restored, to a file of its own in a directory. The file's name begins with
/// the timeline of the segment files read.
class PageSaver {
 public:
  PageSaver(std::string directory, TimelineId timeline)
      : directory_(std::move(directory)), timeline_(timeline) {}

  /// The message of a failure, nullopt if all went well.
  std::optional<std::string> save(const Record& record) const;

 private:
  std::optional<std::string> save_page(const Record& record, const BlockRef& block) const;

  std::string directory_;
  TimelineId timeline_;
};

}  // namespace walkit
