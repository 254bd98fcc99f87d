// Files for tests: a directory that goes away with the test, bytes of a pattern, and the real compressors.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "walreader/types.h"

namespace walkit {

using Bytes = std::vector<std::byte>;

/// Bytes that compress, though not to nothing, and differ at each position's neighbourhood.
inline Bytes pattern(std::size_t size, std::uint32_t seed = 1) {
  Bytes bytes(size);
  std::uint32_t state = seed;
  for (std::size_t i = 0; i < size; ++i) {
    if (i % 16 == 0) state = state * 1664525 + 1013904223;
    bytes[i] = static_cast<std::byte>(i % 16 < 4 ? state >> (i % 4 * 8) : i / 4096);
  }
  return bytes;
}

class TempDirectory {
 public:
  TempDirectory() {
    std::string name = testing::TempDir() + "/walkit-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

  std::string write(std::string_view name, ByteSpan content) const {
    const std::string path = *this / name;
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    return path;
  }
  std::string write(std::string_view name, std::string_view content) const {
    return write(name, std::as_bytes(std::span(content)));
  }

 private:
  std::string path_;
};

inline Bytes read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  Bytes bytes(text.size());
  if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

/// Runs a shell command; false if it fails, as it does where the program is not installed.
inline bool run(const std::string& command) { return std::system(command.c_str()) == 0; }

/// What `program` (zstd, lz4 or gzip, with options) makes of `content`; empty if it cannot be run.
inline Bytes compressed_by(const std::string& program, ByteSpan content) {
  const TempDirectory directory;
  const std::string plain = directory.write("plain", content);
  const std::string packed = directory / "packed";
  if (!run(program + " -c < '" + plain + "' > '" + packed + "' 2> /dev/null")) return {};
  return read_file(packed);
}

inline Bytes joined(std::initializer_list<ByteSpan> parts) {
  Bytes all;
  for (const ByteSpan part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// A skippable frame with a payload of `size` bytes.
inline Bytes skippable_frame(std::uint32_t size, std::uint8_t kind = 7) {
  Bytes frame(8 + size, std::byte{0xAB});
  const std::uint32_t magic = 0x184D2A50U + kind;
  std::memcpy(frame.data(), &magic, 4);
  std::memcpy(frame.data() + 4, &size, 4);
  return frame;
}

}  // namespace walkit
