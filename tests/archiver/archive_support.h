// A repository in a directory that goes away with the test, filled as `push` fills it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "archiver/archive_file.h"
#include "archiver/directory_store.h"
#include "tests/archiver/server_files.h"
#include "walreader/version.h"

namespace walkit::test {

/// A segment of `timeline`; with `records` it ends after that many, else it is full. Another `record_size`
/// makes other records.
inline Bytes segment_of(TimelineId timeline, std::uint64_t number, int records = 0,
                        std::size_t record_size = 500) {
  WalLayout layout;
  layout.timeline = timeline;
  layout.start = Lsn{number * kSegmentSize};
  WalBuilder wal(layout);
  for (int i = 0; records == 0 ? wal.bytes().size() + 2 * record_size < kSegmentSize - 100 : i < records; ++i)
    wal.add(noop_record(record_size));
  if (records == 0)
    wal.add_switch();
  else
    wal.zeros_to_segment_end();
  return wal.bytes();
}

inline std::string segment_file(TimelineId timeline, std::uint64_t number) {
  return segment_name(timeline, SegmentNo{number}, kSegmentSize);
}

class TestArchive {
 public:
  TestArchive() : root_(directory_ / "repo") {
    std::filesystem::create_directory(root_);
    store_ = make_directory_store(root_);
    repository_ = std::make_unique<Repository>(Repository::open_or_create(*store_, "main").value());
  }

  /// Archives a file; returns the object's name.
  std::string add(const std::string& file, ByteSpan content, ArchivePolicy policy = {}) {
    Workbenches bench(1);
    FileArchiver archiver(*repository_, std::move(policy), bench);
    const auto archived = archiver.archive({directory_.write(file, content), identity()});
    EXPECT_TRUE(archived) << archived.error().text;
    return archived ? archived->object : std::string();
  }
  std::string add(const std::string& file, std::string_view content) {
    return add(file, std::as_bytes(std::span(content)));
  }
  std::string add_segment(std::uint64_t number, TimelineId timeline = {1}) {
    return add(segment_file(timeline, number), segment_of(timeline, number));
  }

  /// Whose files these are.
  static ClusterIdentity identity() {
    return {WalLayout{}.system_identifier, static_cast<int>(kNewestMajor), kSegmentSize};
  }
  const std::string& root() const { return root_; }
  std::string file_of(const std::string& object) const { return root_ + "/" + object; }
  Store& store() { return *store_; }
  const Repository& repository() const { return *repository_; }

 private:
  TempDirectory directory_;
  std::string root_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Repository> repository_;
};

}  // namespace walkit::test
