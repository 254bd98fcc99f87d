// How fast the libraries alone compress, which is what archiving is measured against:
//
//     codec_rate zstd|lz4 LEVEL THREADS FILE...
//
// Reads the files, then has every thread compress one whole file after another from memory to memory, with
// one call of the library a file. Prints the rate in MB/s of what was read, and how many times smaller it
// became.
#include <lz4.h>
#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Bytes = std::vector<char>;

std::optional<Bytes> read_file(const char* path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size == 0 || size > LZ4_MAX_INPUT_SIZE) return std::nullopt;
  Bytes bytes(size);
  std::ifstream in(path, std::ios::binary);
  if (!in.read(bytes.data(), static_cast<std::streamsize>(size))) return std::nullopt;
  return bytes;
}

/// One thread's means to compress: the size of what became of the bytes, 0 after an error.
using Compress = std::function<std::size_t(const Bytes& in, Bytes& out)>;

Compress zstd_compressor(int level) {
  const std::shared_ptr<ZSTD_CCtx> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  return [context, level](const Bytes& in, Bytes& out) -> std::size_t {
    out.resize(std::max(out.size(), ZSTD_compressBound(in.size())));
    const auto size = ZSTD_compressCCtx(context.get(), out.data(), out.size(), in.data(), in.size(), level);
    return ZSTD_isError(size) ? 0 : size;
  };
}

// Level 1 of the program lz4 is the library's standard.
Compress lz4_compressor() {
  return [](const Bytes& in, Bytes& out) -> std::size_t {
    const int size = static_cast<int>(in.size());
    out.resize(std::max<std::size_t>(out.size(), static_cast<unsigned>(LZ4_compressBound(size))));
    return static_cast<unsigned>(
        LZ4_compress_default(in.data(), out.data(), size, static_cast<int>(out.size())));
  };
}

/// The sum of the compressed sizes; 0 if one failed.
std::size_t compress_all(const std::vector<Bytes>& files, int threads,
                         const std::function<Compress()>& make) {
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> total = 0;
  std::atomic<bool> failed = false;
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i)
      workers.emplace_back([&] {
        const Compress compress = make();
        Bytes out;
        for (std::size_t file; (file = next++) < files.size();) {
          const std::size_t size = compress(files[file], out);
          total += size;
          if (size == 0) failed = true;
        }
      });
  }
  return failed ? 0 : total.load();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view codec = argc > 1 ? argv[1] : "";
  const int level = argc > 2 ? std::atoi(argv[2]) : 0;
  const int threads = argc > 3 ? std::atoi(argv[3]) : 0;
  if ((codec != "zstd" && codec != "lz4") || threads < 1 || argc < 5) {
    std::fputs("usage: codec_rate zstd|lz4 LEVEL THREADS FILE...\n", stderr);
    return 2;
  }

  std::vector<Bytes> files;
  std::size_t plain = 0;
  for (int i = 4; i < argc; ++i) {
    auto file = read_file(argv[i]);
    if (!file) {
      std::fprintf(stderr, "codec_rate: could not read \"%s\"\n", argv[i]);
      return 1;
    }
    plain += file->size();
    files.push_back(std::move(*file));
  }

  const auto make = [&] { return codec == "zstd" ? zstd_compressor(level) : lz4_compressor(); };
  const auto begin = std::chrono::steady_clock::now();
  const std::size_t compressed = compress_all(files, threads, make);
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
  if (compressed == 0) {
    std::fputs("codec_rate: compression failed\n", stderr);
    return 1;
  }
  const auto size = static_cast<double>(plain);
  std::printf("%.1f\t%.3f\n", size / took.count(), size / static_cast<double>(compressed));
}
