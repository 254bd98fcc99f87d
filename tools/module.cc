#include "tools/module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace walkit {
namespace {

namespace fs = std::filesystem;

std::unexpected<ModuleError> fail(std::string text, std::string hint) {
  return std::unexpected(ModuleError{std::move(text), std::move(hint)});
}

}  // namespace

// The module stays: the code of what it made is in it.
std::expected<void, ModuleError> load_module(
    const Module& module, const std::function<bool(void* factory, const char* version)>& make) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path beside = program / module.file;
  const fs::path installed = program.parent_path() / "lib/walkit" / module.file;
  const fs::path& file = fs::exists(beside, error) ? beside : installed;
  if (!fs::exists(file, error))
    return fail(
        fmt::format("there is neither \"{}\" nor \"{}\"", beside.string(), installed.string()),
        fmt::format("{} by this module, which is built and installed along with walkit.", module.purpose));
  void* const loaded = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr)
    return fail(fmt::format("could not load \"{}\": {}", file.string(), ::dlerror()),
                fmt::format("It needs {}.", module.needs));
  void* const factory = ::dlsym(loaded, module.factory);
  if (factory == nullptr || !make(factory, WALKIT_VERSION))
    return fail(fmt::format("\"{}\" is not of walkit {}", file.string(), WALKIT_VERSION),
                "Install the module of the same release.");
  return {};
}

}  // namespace walkit
