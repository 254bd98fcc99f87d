// Modules: what needs a shared library that the program itself shall not need, loaded by the commands that
// want it.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace walkit {

struct Module {
  const char* file;     ///< beside the program or in ../lib/walkit
  const char* factory;  ///< the function that it exports
  const char* purpose;  ///< for a hint: what is done, before "by this module"
  const char* needs;    ///< the library, and its package
};

struct ModuleError {
  std::string text;  ///< which files were tried, or why the one that is there is of no use
  std::string hint;
};

/// Loads the module for good. `make` calls its factory with the version of walkit, and says whether something
/// came of it: not if the module is of another release.
std::expected<void, ModuleError> load_module(
    const Module& module, const std::function<bool(void* factory, const char* version)>& make);

/// What the module's factory makes.
template <typename Made>
std::expected<std::unique_ptr<Made>, ModuleError> make_by_module(const Module& module) {
  using Factory = Made*(const char* walkit_version);
  std::unique_ptr<Made> made;
  auto loaded = load_module(module, [&made](void* factory, const char* version) {
    made.reset(reinterpret_cast<Factory*>(factory)(version));
    return made != nullptr;
  });
  if (!loaded) return std::unexpected(std::move(loaded).error());
  return made;
}

}  // namespace walkit
