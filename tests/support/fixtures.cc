#include "tests/support/fixtures.h"

#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "walreader/segment_name.h"

namespace walkit::test {
namespace {

namespace fs = std::filesystem;

fs::path fixtures_directory() {
  const char* other = std::getenv("WALKIT_FIXTURES");  // NOLINT(concurrency-mt-unsafe)
  return other != nullptr ? other : WALKIT_FIXTURES_DIR;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Empty if it is not a zstd frame that states its size, as all of the fixtures do.
std::string decompress(const std::string& stored) {
  const unsigned long long size = ZSTD_getFrameContentSize(stored.data(), stored.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR) return {};
  std::string plain(size, '\0');
  const std::size_t got = ZSTD_decompress(plain.data(), plain.size(), stored.data(), stored.size());
  return ZSTD_isError(got) ? std::string() : plain;
}

}  // namespace

std::optional<std::string> Fixture::expected(const std::string& form) const {
  const fs::path plain = fs::path(path).replace_extension(form);
  if (fs::exists(plain)) return read_file(plain);
  fs::path compressed = plain;
  compressed += ".zst";
  if (fs::exists(compressed)) return decompress(read_file(compressed));
  return std::nullopt;
}

std::vector<Fixture> fixtures_of(Major major) {
  std::vector<Fixture> found;
  std::error_code no_directory;
  for (const auto& entry :
       fs::directory_iterator(fixtures_directory() / directory_name(major), no_directory)) {
    const fs::path& path = entry.path();
    if (path.extension() == ".zst" && parse_segment_name(path.stem().string()))
      found.push_back({major, path.stem().string(), path.string()});
  }
  std::ranges::sort(found, {}, &Fixture::name);
  return found;
}

LoadedFixture load(const Fixture& fixture) {
  LoadedFixture loaded;
  loaded.bytes = bytes_of(decompress(read_file(fixture.path)));
  if (loaded.bytes.size() < kLongPageHeaderSize) return loaded;
  const PageHeader header = parse_page_header(loaded.bytes);
  loaded.wal = {.geometry = {header.segment_size_bytes, header.block_size_bytes},
                .format = &format_of(fixture.major),
                .start = header.address,
                .bytes = loaded.bytes};
  return loaded;
}

std::string read_fixture(const std::string& name) {
  return decompress(read_file(fixtures_directory() / (name + ".zst")));
}

std::vector<Major> all_majors() {
  std::vector<Major> majors;
  for (int i = 0; i < kMajorCount; ++i)
    majors.push_back(static_cast<Major>(static_cast<int>(kOldestMajor) + i));
  return majors;
}

std::string directory_name(Major major) { return "pg" + std::to_string(static_cast<int>(major)); }

}  // namespace walkit::test
