// Work that goes on after the program has ended.
#pragma once

#include <functional>

namespace walkit {

/// Runs `work` in a process of its own, in a session of its own, with no descriptor of this one and in the
/// root directory: nobody waits for it, and neither a server's logger nor a file system is kept from ending
/// by it. Does nothing if there can be no further process. Only while this process has one thread.
void run_detached(const std::function<void()>& work);

}  // namespace walkit
