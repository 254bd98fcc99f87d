// What the makers of seeds share.
#pragma once

#include <filesystem>
#include <string>

#include "tests/support/record_builder.h"

namespace walkit::fuzz {

/// The directory of one target's seeds.
class SeedDirectory {
 public:
  SeedDirectory(const std::filesystem::path& root, const char* target);
  void add(const std::string& name, ByteSpan bytes) const;

 private:
  std::filesystem::path path_;
};

/// A record taken apart; in the place of its images are small ones that cannot be restored.
test::RecordParts parts_of(const Record& record);

/// Seeds of the feed and of the catalogs' reader, in feed_seeds.cc.
void make_feed_seeds(const std::filesystem::path& root);

}  // namespace walkit::fuzz
