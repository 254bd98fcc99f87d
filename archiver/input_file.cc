#include "archiver/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "segments/raw_input.h"

namespace walkit {
namespace {

std::unexpected<ArchiveError> refuse(std::string text, std::string hint = {}) {
  return std::unexpected(
      ArchiveError{.kind = ArchiveError::Kind::bad_input, .text = std::move(text), .hint = std::move(hint)});
}

std::string lsn_text(Lsn lsn) { return fmt::format("{:X}/{:08X}", lsn.high(), lsn.low()); }

}  // namespace

ArchiveResult<InputFile> InputFile::open(const std::string& path) {
  InputFile input;
  input.path_ = path;
  input.file_ = path.substr(path.rfind('/') + 1);
  const auto name = parse_wal_file_name(input.file_);
  if (!name) return refuse(fmt::format("\"{}\" is not the name of a file of WAL", input.file_));
  input.name_ = *name;
  // Without O_NONBLOCK a pipe of that name would wait for its writer.
  input.fd_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!input.fd_.valid())
    return refuse(fmt::format("could not open file \"{}\": {}", path, std::strerror(errno)));
  struct stat status{};
  if (::fstat(input.fd_.get(), &status) != 0)
    return refuse(fmt::format("could not stat file \"{}\": {}", path, std::strerror(errno)));
  if (!S_ISREG(status.st_mode)) return refuse(fmt::format("\"{}\" is not a regular file", path));
  input.stamp_ = FileStamp::of(status);
  if (name->kind == WalFileKind::segment || name->kind == WalFileKind::partial)
    if (const auto checked = input.check_segment(); !checked) return std::unexpected(checked.error());
  return input;
}

ArchiveResult<void> InputFile::check_segment() {
  std::array<std::byte, kProbeSize> first;
  const auto got = read_at(0, first);
  if (!got) return std::unexpected(got.error());
  probe_ = probe_page(std::span(first).first(*got));
  if (probe_->verdict == ProbeVerdict::unsupported_major)
    return refuse(fmt::format("\"{}\" has page magic {:04X}, of no PostgreSQL that walkit knows (13 to 18)",
                              path_, probe_->page.magic));
  if (probe_->verdict != ProbeVerdict::wal)
    return refuse(fmt::format("\"{}\" does not begin with a page of WAL", path_));
  const PageHeader& page = probe_->page;
  if (size_bytes() != page.segment_size_bytes)
    return refuse(
        fmt::format("\"{}\" has {} bytes, its header says {}", path_, size_bytes(), page.segment_size_bytes));
  const Lsn expected = probe_->geometry().segment_start(name_.segment.number(page.segment_size_bytes));
  if (!name_.segment.fits(page.segment_size_bytes) || page.address != expected)
    return refuse(fmt::format("\"{}\" begins at {}, its name says {}", path_, lsn_text(page.address),
                              lsn_text(expected)),
                  "A recycled file, perhaps: PostgreSQL has not written this segment yet.");
  if (page.timeline > name_.segment.timeline)
    return refuse(fmt::format("\"{}\" is of timeline {}, its name says {}", path_, page.timeline.value,
                              name_.segment.timeline.value));
  return {};
}

ClusterIdentity InputFile::identity() const {
  return {.system_identifier = probe_->page.system_identifier,
          .major = static_cast<int>(probe_->format->major),
          .segment_size_bytes = probe_->page.segment_size_bytes};
}

ArchiveResult<std::size_t> InputFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  std::size_t size = 0;
  while (size < out.size()) {
    const auto got = pread_some(fd_.get(), out.subspan(size), offset + size);
    if (!got) return refuse(fmt::format("could not read file \"{}\": {}", path_, std::strerror(got.error())));
    if (*got == 0) break;
    size += *got;
  }
  return size;
}

bool InputFile::unchanged() const {
  struct stat status{};
  if (::fstat(fd_.get(), &status) != 0) return false;
  FileStamp now = FileStamp::of(status);
  now.changed_ns = stamp_.changed_ns;  // a rename or a link changes that, and no byte
  return now == stamp_;
}

}  // namespace walkit
