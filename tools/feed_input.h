// WAL for the commands that read it beside catalogs.
#pragma once

#include <optional>
#include <string>

#include "tools/feed_arguments.h"
#include "tools/feed_origin.h"
#include "tools/wal_input.h"

namespace walkit {

/// Opens what the arguments name: an archive, files, or the directory's own pg_wal, to be read from `start`.
/// Says what is wrong, another server's WAL included, and returns nullopt.
std::optional<WalInput> open_feed_input(const FeedOrigin& origin, Lsn start, const FeedArguments& arguments,
                                        Messages& messages);

/// Lets the directory begin with the transactions of its start, which the WAL tells where pg_control does
/// not.
std::expected<void, std::string> begin_at_checkpoint(const FeedOrigin& origin, const WalInput& input);

/// Where what memory should not hold goes: TMPDIR, or /tmp.
std::string temporary_directory();

}  // namespace walkit
