// WAL for the commands that read it beside a data directory.
#pragma once

#include <optional>
#include <string>

#include "feed/io/data_directory_reader.h"
#include "tools/feed_arguments.h"
#include "tools/wal_input.h"

namespace walkit {

/// Opens what the arguments name: an archive, files, or the directory's own pg_wal, to be read from where the
/// directory's state begins. Says what is wrong, another server's WAL included, and returns nullopt.
std::optional<WalInput> open_feed_input(const DataDirectoryReader& directory, const FeedArguments& arguments,
                                        Messages& messages);

/// Where what memory should not hold goes: TMPDIR, or /tmp.
std::string temporary_directory();

}  // namespace walkit
