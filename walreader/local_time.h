// The time zone records are printed in. The decoder knows no zone and no environment: who prints brings one.
#pragma once

#include <cstdint>
#include <string_view>

namespace walkit {

/// A moment in some zone: "2026-08-01 12:00:00" and "UTC".
struct LocalTimeText {
  std::string_view date_time;
  std::string_view zone;
};

/// Breaks moments down. Implementations may cache, so one object serves one thread.
class LocalTime {
 public:
  virtual ~LocalTime() = default;
  /// The text stays valid until the next call.
  virtual LocalTimeText at(std::int64_t unix_seconds) = 0;
};

/// Seconds between the epochs of Unix and PostgreSQL (utils/timestamp.h).
inline constexpr std::int64_t kPostgresEpochUnixSeconds = 946'684'800;
inline constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;

}  // namespace walkit
