// What fuzz targets assert. It stays on in every build.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace walkit::fuzz {

/// Ends the program with a message unless `condition` holds: for libFuzzer that is a find.
inline void require(bool condition, std::string_view what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

}  // namespace walkit::fuzz
