// A data directory as a server leaves it, as far as archiving looks at it: made of WAL that tests lay out.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "archiver/archive_file.h"
#include "archiver/directory_store.h"
#include "archiver/push.h"
#include "tests/segments/test_files.h"
#include "tests/support/record_builder.h"
#include "tests/support/wal_builder.h"
#include "walreader/segment_name.h"

namespace walkit::test {

inline constexpr std::uint32_t kSegmentSize = 1 << 20;

/// A segment of 1 MiB full of small records; `number` says where in the log. Segments do not follow one
/// another.
inline Bytes full_segment(std::uint64_t number, std::size_t record_size = 500) {
  WalLayout layout;
  layout.start = Lsn{number * kSegmentSize};
  WalBuilder wal(layout);
  while (wal.bytes().size() + 2 * record_size < kSegmentSize - 100) wal.add(noop_record(record_size));
  wal.add_switch();
  return wal.bytes();
}

/// One in which nothing was written after the first `bytes`.
inline Bytes segment_until(std::uint64_t number, std::size_t bytes) {
  WalLayout layout;
  layout.start = Lsn{number * kSegmentSize};
  WalBuilder wal(layout);
  while (wal.bytes().size() < bytes) wal.add(noop_record(500));
  wal.zeros_to_segment_end();
  return wal.bytes();
}

class Server {
 public:
  explicit Server(const std::string& path) : path_(path) {
    std::filesystem::create_directories(path_ + "/pg_wal/archive_status");
    std::filesystem::create_directories(path_ + "/global");
    write("PG_VERSION", "15\n");
  }

  const std::string& path() const { return path_; }
  std::string wal(std::string_view name) const { return path_ + "/pg_wal/" + std::string(name); }
  std::string status(std::string_view name) const {
    return path_ + "/pg_wal/archive_status/" + std::string(name);
  }
  bool has(const std::string& file) const { return std::filesystem::exists(file); }

  std::string add(std::string_view name, ByteSpan content, std::string_view mark = ".ready") const {
    write("pg_wal/" + std::string(name), {reinterpret_cast<const char*>(content.data()), content.size()});
    if (!mark.empty()) write("pg_wal/archive_status/" + std::string(name) + std::string(mark), "");
    return wal(name);
  }
  std::string add_segment(std::uint64_t number, std::string_view mark = ".ready") const {
    return add(segment_name(TimelineId{1}, SegmentNo{number}, kSegmentSize), full_segment(number), mark);
  }
  DataDirectory directory() const {
    struct stat status{};
    ::stat(path_.c_str(), &status);
    return {path_, status.st_dev, status.st_ino};
  }

 private:
  void write(const std::string& name, std::string_view content) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << content;
  }
  std::string path_;
};

/// The plain content of an archived object.
inline Bytes content_of(Store& store, const std::string& object) {
  auto archived = ArchivedObject::open(store, object);
  Bytes content;
  if (!archived) return content;
  const auto read = archived->extract([&](ByteSpan bytes) -> ArchiveResult<void> {
    content.insert(content.end(), bytes.begin(), bytes.end());
    return {};
  });
  if (!read) content.clear();
  return content;
}

}  // namespace walkit::test
