#include "feed/io/snapshot_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "feed/io/replaced_file.h"

namespace walkit {
namespace {

class Sink final : public SnapshotSink {
 public:
  explicit Sink(ReplacedFile& file) : file_(file) {}
  std::expected<void, std::string> write(ByteSpan bytes) override {
    return file_.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

 private:
  ReplacedFile& file_;
};

}  // namespace

class SnapshotFile::Source final : public SnapshotSource {
 public:
  explicit Source(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  bool valid() const { return fd_.valid(); }
  std::expected<std::size_t, std::string> read(std::span<std::byte> out) override {
    std::size_t filled = 0;
    while (filled < out.size()) {
      const ssize_t got = ::read(fd_.get(), out.data() + filled, out.size() - filled);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return std::unexpected(fmt::format("could not be read: {}", strerror(errno)));
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    return filled;
  }

 private:
  UniqueFd fd_;
};

std::string snapshot_path_of(const std::string& state_path) { return state_path + ".snapshot"; }

std::expected<std::uint64_t, std::string> write_snapshot(const std::string& path, FeedDecoder& decoder,
                                                         Lsn delivered, Lsn base_start) {
  auto file = ReplacedFile::create(path);
  if (!file) return std::unexpected(std::move(file).error());
  Sink sink(*file);
  SnapshotWriter writer(sink);
  if (auto saved = decoder.save(writer, delivered, base_start); !saved)
    return std::unexpected(std::move(saved).error());
  if (auto finished = writer.finish(); !finished) return std::unexpected(std::move(finished).error());
  if (auto published = file->publish(); !published) return std::unexpected(std::move(published).error());
  return writer.size_bytes();
}

SnapshotFile::SnapshotFile(std::string path)
    : path_(std::move(path)), source_(std::make_unique<Source>(path_)) {}

SnapshotFile::~SnapshotFile() = default;

std::unexpected<std::string> SnapshotFile::wrong(std::string_view why) const {
  return std::unexpected(fmt::format("file \"{}\" {}", path_, why));
}

std::expected<std::unique_ptr<SnapshotFile>, std::string> SnapshotFile::open(const std::string& path) {
  std::unique_ptr<SnapshotFile> file(new SnapshotFile(path));
  if (!file->source_->valid()) {
    if (errno == ENOENT) return nullptr;
    return std::unexpected(file_error("open", path));
  }
  const auto header = read_snapshot_header(file->reader_.emplace(*file->source_));
  if (!header) return file->wrong(header.error());
  file->header_ = *header;
  return file;
}

std::expected<std::unique_ptr<SnapshotFile>, std::string> SnapshotFile::open_of(const std::string& path) {
  auto file = open(snapshot_path_of(path));
  if (!file || *file != nullptr) return file;
  file = open(path);
  if (file && *file == nullptr) return std::unexpected(fmt::format("there is no file \"{}\"", path));
  return file;
}

std::expected<std::unique_ptr<Catalog>, std::string> SnapshotFile::read_catalog(PageTable& pages) {
  auto catalog = read_snapshot_catalog(*reader_, header_, pages);
  if (!catalog) return wrong(catalog.error());
  return catalog;
}

std::expected<void, std::string> SnapshotFile::read_rest(FeedDecoder& decoder) {
  if (auto loaded = decoder.load(*reader_, header_); !loaded) return wrong(loaded.error());
  return {};
}

}  // namespace walkit
