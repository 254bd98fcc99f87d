// How much of the CPUs a control group leaves to its processes, as containers and services are limited.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace walkit {

/// The CPUs that the quota of a process's cgroup (version 2) and of all above it is worth, rounded up;
/// nullopt without any. `mount` is /sys/fs/cgroup, `membership` the content of the process's
/// /proc/self/cgroup.
std::optional<int> cpu_quota(const std::string& mount, std::string_view membership);

/// Of this process.
std::optional<int> cpu_quota();

}  // namespace walkit
