// Versions and small values that several commands parse and print alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "walreader/version.h"

namespace walkit {

/// "walkit 0.1.0"
std::string walkit_version();

/// "15.20" for 15.
std::string_view newest_minor(Major major);

/// The major of "15.20" or "15", if walkit supports it.
std::optional<Major> parse_pg_version(std::string_view text);

/// A number of threads, at least 1.
std::optional<int> parse_jobs(std::string_view text);

/// How many CPUs this process may use: those it may run on, and no more than its control group allows.
int default_jobs();

/// pg_waldump's own --help in the words of a major.
std::string pg_waldump_help(std::string_view program, Major major);

}  // namespace walkit
