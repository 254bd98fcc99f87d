// PostgreSQL's own compression, as in full-page images with wal_compression = pglz (common/pg_lzcompress.c).
#pragma once

#include "walreader/types.h"

namespace walkit {

/// Decompresses `stream`, which carries no header, so that it exactly fills `out`. False: it is damaged, or
/// made for another size; `out` then holds anything. The two must not overlap.
[[nodiscard]] bool pglz_decompress(ByteSpan stream, std::span<std::byte> out);

}  // namespace walkit
