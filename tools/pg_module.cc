#include "tools/pg_module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace walkit {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModule = "walkit-pg.so";

std::unexpected<ServerError> fail(std::string text, std::string hint) {
  return std::unexpected(ServerError{ServerError::Kind::connection, std::move(text), std::move(hint)});
}

// The module stays: the code of what it made is in it.
ServerResult<std::unique_ptr<Server>> load(const std::string& file) {
  void* module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr)
    return fail(fmt::format("could not load \"{}\": {}", file, ::dlerror()),
                "It needs libpq (on Debian: libpq5).");
  auto* factory = reinterpret_cast<ServerFactory*>(::dlsym(module, kServerFactory));
  std::unique_ptr<Server> server(factory == nullptr ? nullptr : factory(WALKIT_VERSION));
  if (!server)
    return fail(fmt::format("\"{}\" is not of walkit {}", file, WALKIT_VERSION),
                "Install the module of the same release.");
  return server;
}

}  // namespace

ServerResult<std::unique_ptr<Server>> load_server_module() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path places[] = {program / kModule, program.parent_path() / "lib/walkit" / kModule};
  for (const fs::path& place : places)
    if (fs::exists(place, error)) return load(place.string());
  return fail(fmt::format("there is neither \"{}\" nor \"{}\"", places[0].string(), places[1].string()),
              "Servers are talked to by this module, which is built and installed along with walkit.");
}

}  // namespace walkit
