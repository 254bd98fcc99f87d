#include "feed/io/file_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>

#include "feed/io/replaced_file.h"
#include "walreader/crc32c.h"

namespace walkit {
namespace {

constexpr std::uint64_t kSyncBytes = std::uint64_t{8} << 20;
constexpr std::size_t kMaxStateBytes = 4096;

std::string text_of(const FeedState& state) {
  using nlohmann::json;
  const std::string members =
      fmt::format(R"("version":2,"system_identifier":{},"position":{},"sink_bytes":{},"sink":{})",
                  state.system_identifier, state.position.value, state.sink_bytes,
                  json(state.sink).dump(-1, ' ', false, json::error_handler_t::replace));
  Crc32c crc;
  crc.update(std::as_bytes(std::span(members)));
  return fmt::format("{{{},\"crc32c\":{}}}\n", members, crc.value());
}

// Nothing but what was written: another position loses events or repeats them.
std::optional<FeedState> parse_state(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return {};
  const auto number = [&](const char* key) -> std::optional<std::uint64_t> {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number_unsigned()) return {};
    return found->get<std::uint64_t>();
  };
  const auto identifier = number("system_identifier"), position = number("position"),
             bytes = number("sink_bytes");
  const auto sink = json.find("sink");
  if (!identifier || !position || !bytes || sink == json.end() || !sink->is_string()) return {};
  const FeedState state{*identifier, Lsn{*position}, *bytes, sink->get<std::string>()};
  return text == text_of(state) ? std::optional(state) : std::nullopt;
}

}  // namespace

std::expected<std::optional<FeedState>, std::string> read_feed_state(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() && errno == ENOENT) return std::nullopt;
  std::string text(kMaxStateBytes, '\0');
  const ssize_t size = fd.valid() ? ::read(fd.get(), text.data(), text.size()) : -1;
  if (size < 0) return std::unexpected(file_error("read", path));
  text.resize(static_cast<std::size_t>(size));
  const auto state = parse_state(text);
  if (!state) return std::unexpected(fmt::format("file \"{}\" is not the state of a feed", path));
  return state;
}

std::expected<void, std::string> write_feed_state(const std::string& path, const FeedState& state) {
  auto file = ReplacedFile::create(path);
  if (!file) return std::unexpected(std::move(file).error());
  if (auto written = file->write(text_of(state)); !written) return written;
  return file->publish();
}

std::unexpected<std::string> FileSink::failed(std::string_view what) const {
  if (path_ != "-") return std::unexpected(file_error(what, path_));
  return std::unexpected(fmt::format("could not {} standard output: {}", what, strerror(errno)));
}

std::expected<std::unique_ptr<FileSink>, std::string> FileSink::open(std::string path, std::string state_path,
                                                                     const FeedState& state, bool resumed) {
  std::unique_ptr<FileSink> sink(new FileSink(std::move(path), std::move(state_path), state));
  sink->file_ =
      UniqueFd(sink->path_ == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
                                  : ::open(sink->path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!sink->file_.valid()) return sink->failed("open");
  struct stat status{};
  if (::fstat(sink->file_.get(), &status) != 0) return sink->failed("stat");
  sink->regular_ = sink->path_ != "-" && S_ISREG(status.st_mode);
  if (sink->regular_)
    if (auto set = sink->set_size(static_cast<std::uint64_t>(status.st_size), resumed); !set)
      return std::unexpected(std::move(set).error());
  // Before the first line: were there lines and no state, they would come again.
  if (!resumed)
    if (auto synced = sink->sync(); !synced) return std::unexpected(std::move(synced).error());
  return sink;
}

std::expected<void, std::string> FileSink::set_size(std::uint64_t present, bool resumed) {
  if (!resumed) {
    state_.sink_bytes = present;
  } else if (present < state_.sink_bytes) {
    return std::unexpected(fmt::format("file \"{}\" is shorter than file \"{}\" says", path_, state_path_));
  }
  size_ = state_.sink_bytes;
  if (size_ < present && ::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) return failed("truncate");
  if (::lseek(file_.get(), 0, SEEK_END) < 0) return failed("seek in");
  return {};
}

std::expected<void, std::string> FileSink::write(std::string_view lines, std::size_t complete_bytes,
                                                 Lsn complete) {
  if (!write_all(file_.get(), lines)) return failed("write to");
  if (complete.valid()) {
    state_.position = complete;
    state_.sink_bytes = regular_ ? size_ + complete_bytes : 0;
  }
  size_ += lines.size();
  unsynced_bytes_ += lines.size();
  return unsynced_bytes_ < kSyncBytes || state_path_.empty() ? std::expected<void, std::string>{} : sync();
}

std::expected<void, std::string> FileSink::sync() {
  unsynced_bytes_ = 0;
  if (regular_ && ::fdatasync(file_.get()) != 0) return failed("fsync");
  return state_path_.empty() ? std::expected<void, std::string>{} : write_feed_state(state_path_, state_);
}

}  // namespace walkit
