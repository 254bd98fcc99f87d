// CRC-32C: every kernel of this machine, and the dispatched function, from short records to long ones.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "walreader/crc32c.h"

namespace {

using walkit::ByteSpan;

void measure(benchmark::State& state, auto extend) {
  const std::vector<std::byte> bytes(static_cast<std::size_t>(state.range(0)), std::byte{0x5A});
  std::uint32_t crc = walkit::kCrc32cInit;
  for (auto _ : state) benchmark::DoNotOptimize(crc = extend(crc, ByteSpan(bytes)));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void add(const std::string& name, auto extend) {
  auto* family = benchmark::RegisterBenchmark(("crc32c/" + name).c_str(),
                                              [extend](benchmark::State& state) { measure(state, extend); });
  for (int size : {32, 60, 100, 128, 150, 200, 256, 384, 512, 1024, 8192, 65536}) family->Arg(size);
}

const bool kRegistered = [] {
  for (const walkit::Crc32cKernel& kernel : walkit::crc32c_kernels()) {
    if (!kernel.supported) continue;
    add(std::string(kernel.name), [extend = kernel.extend](std::uint32_t crc, ByteSpan bytes) {
      return extend(crc, bytes.data(), bytes.size());
    });
  }
  add("dispatched", walkit::crc32c_extend);
  return true;
}();

}  // namespace
