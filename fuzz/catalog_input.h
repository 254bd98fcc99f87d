// Inputs of the fuzzer of catalogs: files of a data directory, pages with a hole in place of their free
// space.
#pragma once

#include "fuzz/feed_input.h"
#include "walreader/types.h"

namespace walkit::fuzz {

/// What a file is; an input has one byte of it. Those before kMapFile are a catalog's next page, by the place
/// of its OID in kFuzzCatalogs.
inline constexpr Oid kFuzzCatalogs[] = {1259, 1249, 1247, 2615, 3501, 2610, 3541, 1262};
enum FuzzFile : std::uint8_t {
  kMapFile = std::size(kFuzzCatalogs),
  kControlFile,
  kLabelFile,
  kStateFile,
  kFuzzFiles
};

/// A file as an input has it: kind, then for pages where the hole is, size, bytes.
void store_fuzz_file(test::ByteWriter& out, std::uint8_t kind, ByteSpan bytes, std::size_t hole_offset = 0);

}  // namespace walkit::fuzz
