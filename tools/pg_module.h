// The module that talks to servers, loaded by the commands that want one.
#pragma once

#include <memory>

#include "live/server.h"

namespace walkit {

/// Loads walkit-pg.so, which lies beside the program or in ../lib/walkit, and makes a server that is not
/// connected. The error says which files were tried, or why the one that is there is of no use.
ServerResult<std::unique_ptr<Server>> load_server_module();

}  // namespace walkit
