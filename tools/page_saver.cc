#include "tools/page_saver.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "tools/messages.h"
#include "walreader/image.h"
#include "walreader/text_sink.h"

namespace walkit {
namespace {

constexpr mode_t kDirectoryMode = 0700;  // pages hold rows: as PostgreSQL's own directories

std::optional<std::string> create_with_parents(const std::filesystem::path& directory) {
  const auto failed = [&](int error) {
    return fmt::format("could not create directory \"{}\": {}", directory.string(), errno_text(error));
  };
  if (directory.empty()) return failed(ENOENT);
  std::filesystem::path path;
  for (const auto& part : directory) {
    path /= part;
    if (mkdir(path.c_str(), kDirectoryMode) != 0 && errno != EEXIST && errno != EISDIR) return failed(errno);
  }
  return {};
}

}  // namespace

std::optional<std::string> prepare_page_directory(const std::string& directory) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(directory, error);
  if (error == std::errc::no_such_file_or_directory) return create_with_parents(directory);
  if (error)
    return fmt::format("could not access directory \"{}\": {}", directory, errno_text(error.value()));
  if (entries != std::filesystem::directory_iterator())
    return fmt::format("directory \"{}\" exists but is not empty", directory);
  return {};
}

std::optional<std::string> PageSaver::save(const Record& record) const {
  for (const BlockRef& block : record.blocks()) {
    if (!block.has_image) continue;
    if (auto error = save_page(record, block)) return error;
  }
  return {};
}

std::optional<std::string> PageSaver::save_page(const Record& record, const BlockRef& block) const {
  std::array<std::byte, kRelationBlockSize> page;
  if (const auto restored = restore_image(record, block, page); !restored)
    return image_error_text(restored.error());
  if (block.fork > Fork::init)
    return fmt::format("invalid fork number: {}", static_cast<unsigned>(block.fork));

  const std::string path =
      fmt::format("{}/{:08X}-{:08X}-{:08X}.{}.{}.{}.{}_{}", directory_, timeline_.value, record.lsn().high(),
                  record.lsn().low(), block.relation.tablespace, block.relation.database,
                  block.relation.relation, block.block, fork_name(block.fork));
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return fmt::format("could not open file \"{}\": {}", path, errno_text(errno));
  const bool written = std::fwrite(page.data(), page.size(), 1, file) == 1;
  const int write_error = errno;
  const bool closed = std::fclose(file) == 0;
  if (!written) return fmt::format("could not write file \"{}\": {}", path, errno_text(write_error));
  if (!closed) return fmt::format("could not close file \"{}\": {}", path, errno_text(errno));
  return {};
}

}  // namespace walkit
