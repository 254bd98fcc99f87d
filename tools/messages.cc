#include "tools/messages.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

namespace walkit {
namespace {

std::string painted(const std::string& color, std::string_view text) {
  return color.empty() ? std::string(text) : fmt::format("\033[{}m{}\033[0m", color, text);
}

bool wants_colors() {
  const char* when = std::getenv("PG_COLOR");
  if (when == nullptr) return false;
  const std::string_view choice = when;
  return choice == "always" || (choice == "auto" && isatty(STDERR_FILENO) != 0);
}

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;  // nobody is left to tell
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

Messages::Messages(std::string program, std::string command)
    : program_(std::move(program)), command_(std::move(command)) {
  if (!wants_colors()) return;
  const char* chosen = std::getenv("PG_COLORS");
  if (chosen == nullptr) {
    colors_ = {.error = "01;31", .warning = "01;35", .note = "01;36", .locus = "01"};
    return;
  }
  const std::pair<std::string_view, std::string*> names[] = {{"error", &colors_.error},
                                                             {"warning", &colors_.warning},
                                                             {"note", &colors_.note},
                                                             {"locus", &colors_.locus}};
  for (std::string_view rest = chosen; !rest.empty();) {
    const std::string_view item = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    for (const auto& [name, color] : names)
      if (item.substr(0, equals) == name) *color = item.substr(equals + 1);
  }
}

void Messages::write(std::string_view label, const std::string& color, std::string_view text) const {
  write_all(fmt::format("{}{}{}\n", painted(colors_.locus, program_ + ": "),
                        label.empty() ? std::string() : painted(color, label), text));
}

void Messages::error(std::string_view text) const { write("error: ", colors_.error, text); }

void Messages::fatal(std::string_view text) const {
  write(major_ < Major::pg15 ? "fatal: " : "error: ", colors_.error, text);
}

void Messages::warning(std::string_view text) const { write("warning: ", colors_.warning, text); }
void Messages::info(std::string_view text) const { write({}, {}, text); }
void Messages::detail(std::string_view text) const { write("detail: ", colors_.note, text); }
void Messages::hint(std::string_view text) const { write("hint: ", colors_.note, text); }

void Messages::usage_hint() const {
  usage_was_wrong_ = true;
  const std::string text = fmt::format("Try \"{} --help\" for more information.", command_);
  if (major_ < Major::pg15)
    write_all(text + "\n");
  else
    hint(text);
}

std::string errno_text(int error) { return std::strerror(error); }

}  // namespace walkit
