#include "archiver/object_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <ranges>

namespace walkit {
namespace {

constexpr std::size_t kMaxComponents = 16;
// What is put around a component to name a temporary file must fit into NAME_MAX with it.
constexpr std::size_t kMaxComponentBytes = 128;

bool is_plain(char byte) { return static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7f && byte != '\\'; }

bool is_component(std::string_view component) {
  return !component.empty() && component.size() <= kMaxComponentBytes && component.front() != '.' &&
         std::ranges::all_of(component, is_plain);
}

StoreResult<void> accept(bool good, std::string_view name) {
  if (good) return {};
  std::string printable(name.substr(0, kMaxComponentBytes));
  std::ranges::replace_if(printable, std::not_fn(is_plain), '?');
  return std::unexpected(
      StoreError{StoreError::Kind::bad_name, fmt::format("invalid object name \"{}\"", printable)});
}

}  // namespace

bool is_object_name(std::string_view name) {
  std::size_t components = 0;
  for (const auto part : std::views::split(name, '/'))
    if (++components > kMaxComponents || !is_component(std::string_view(part.begin(), part.end())))
      return false;
  return components > 0;
}

bool is_leftover_component(std::string_view component) {
  return component.starts_with(".tmp-") || (component.starts_with('.') && component.ends_with(".claim"));
}

SplitName split_name(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return {.directory = {}, .last = std::string(name)};
  return {.directory = std::string(name.substr(0, slash)), .last = std::string(name.substr(slash + 1))};
}

std::string join_name(std::string_view directory, std::string_view component) {
  return directory.empty() ? std::string(component) : fmt::format("{}/{}", directory, component);
}

StoreResult<void> check_object_name(std::string_view name) { return accept(is_object_name(name), name); }

StoreResult<void> check_removable_name(std::string_view name) {
  const auto [directory, last] = split_name(name);
  const bool leftover = is_leftover_component(last) && std::ranges::all_of(last, is_plain) &&
                        (name.size() == last.size() || is_object_name(directory));
  return accept(leftover || is_object_name(name), name);
}

StoreResult<void> check_directory_name(std::string_view name) {
  return accept(name.empty() || is_object_name(name), name);
}

}  // namespace walkit
