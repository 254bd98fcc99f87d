#include "tools/config_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "segments/raw_input.h"
#include "segments/unique_fd.h"
#include "tools/messages.h"

namespace walkit {
namespace {

constexpr std::size_t kMaxFileSize = std::size_t{1} << 20;

// init has options of the file only in order to write one.
bool reads_file(const Option& option, Command command) {
  return option.places == Places::file && command != Command::init && option.commands.has(command);
}

std::optional<Command> command_of_section(std::string_view name) {
  for (const CommandDescription& row : commands())
    if (row.name == name &&
        std::ranges::any_of(options(), [&](const Option& option) { return reads_file(option, row.command); }))
      return row.command;
  return {};
}

std::string section_names() {
  std::string names(kGlobalSection);
  for (const CommandDescription& row : commands())
    if (command_of_section(row.name)) (names += ", ") += row.name;
  return names;
}

class Parser {
 public:
  explicit Parser(std::string_view file) : file_(file) {}

  std::expected<std::vector<ConfigEntry>, std::string> parse(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      ++line_;
      if (auto parsed = parse_line(trimmed(text.substr(0, end))); !parsed)
        return std::unexpected(std::move(parsed.error()));
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
    }
    return std::move(entries_);
  }

 private:
  using Parsed = std::expected<void, std::string>;

  Parsed refuse(std::string_view what) const {
    return std::unexpected(fmt::format("{}:{}: {}", file_, line_, what));
  }

  Parsed parse_line(std::string_view line) {
    if (line.empty() || line.front() == '#' || line.front() == ';') return {};
    if (line.find('\0') != std::string_view::npos) return refuse("not a text file");
    if (line.front() == '[') return parse_section(line);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return refuse(fmt::format("no \"=\" in \"{}\"", line));
    return parse_entry(trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)));
  }

  Parsed parse_section(std::string_view line) {
    if (line.back() != ']') return refuse(fmt::format("no \"]\" after \"{}\"", line));
    const std::string_view name = trimmed(line.substr(1, line.size() - 2));
    command_ = command_of_section(name);
    if (!command_ && name != kGlobalSection)
      return refuse(fmt::format("unknown section \"{}\" (there are {})", name, section_names()));
    in_section_ = true;
    return {};
  }

  Parsed parse_entry(std::string_view key, std::string_view value) {
    if (!in_section_) return refuse(fmt::format("\"{}\" stands before the first section", key));
    const Option* option = find(key);
    if (option == nullptr)
      return refuse(command_
                        ? fmt::format("unknown option \"{}\" of {}", key, describe_command(*command_).name)
                        : fmt::format("unknown option \"{}\"", key));
    if (value.empty()) return refuse(fmt::format("option \"{}\" has no value", key));
    for (const ConfigEntry& entry : entries_)
      if (entry.option->id == option->id && entry.command == command_)
        return refuse(fmt::format("option \"{}\" is set in line {} already", key, entry.line));
    entries_.push_back({option, command_, std::string(value), line_});
    return {};
  }

  const Option* find(std::string_view key) const {
    for (const Option& option : options()) {
      if (option.name != key || option.places != Places::file) continue;
      if (!command_ || reads_file(option, *command_)) return &option;
    }
    return nullptr;
  }

  std::string_view file_;
  int line_ = 0;
  bool in_section_ = false;
  std::optional<Command> command_;
  std::vector<ConfigEntry> entries_;
};

std::expected<std::string, int> read_all(int fd) {
  std::string text;
  std::array<char, 8192> piece;
  while (text.size() <= kMaxFileSize) {
    const auto size = read_some(fd, std::as_writable_bytes(std::span(piece)));
    if (!size) return std::unexpected(size.error());
    if (*size == 0) break;
    text.append(piece.data(), *size);
  }
  return text;
}

// What permissions are refused, and why.
struct Refused {
  mode_t permissions;
  std::string_view why;
};
constexpr Refused kMayBeWritten{S_IWGRP | S_IWOTH, "may be written by others than its owner"};
constexpr Refused kMayBeRead{S_IROTH, "may be read by everybody"};

std::expected<std::string, std::string> read_file(const std::string& file, MissingFile missing,
                                                  std::span<const Refused> refused) {
  const auto refuse = [&file](std::string_view what) {
    return std::unexpected(fmt::format("configuration file \"{}\" {}", file, what));
  };
  const auto failure = [&file](int error) {
    return std::unexpected(
        fmt::format("could not read configuration file \"{}\": {}", file, errno_text(error)));
  };
  // non-blocking: opening a pipe would wait for a writer
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) {
    if (missing == MissingFile::empty && (errno == ENOENT || errno == ENOTDIR)) return {};
    return failure(errno);
  }
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return failure(errno);
  if (!S_ISREG(status.st_mode)) return refuse("is not a regular file");
  const bool owned = status.st_uid == ::geteuid() || status.st_uid == 0;
  if (!owned && ::geteuid() != 0) return refuse("belongs to another user");
  for (const auto& [permissions, why] : refused)
    if ((status.st_mode & permissions) != 0)
      return refuse(fmt::format("{} (mode {:04o}); remove that permission", why, status.st_mode & 07777));
  auto text = read_all(fd.get());
  if (!text) return failure(text.error());
  if (text->size() > kMaxFileSize) return refuse("is larger than 1 MiB");
  return *std::move(text);
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::expected<std::vector<ConfigEntry>, std::string> parse_config(std::string_view text,
                                                                  std::string_view file) {
  return Parser(file).parse(text);
}

std::expected<std::string, std::string> read_config_file(const std::string& file, MissingFile missing) {
  return read_file(file, missing, std::array{kMayBeWritten});
}

std::expected<std::string, std::string> read_secret_file(const std::string& file) {
  return read_file(file, MissingFile::refused, std::array{kMayBeWritten, kMayBeRead});
}

std::optional<bool> parse_switch(std::string_view text) {
  for (const std::string_view word : {"yes", "true", "on", "y", "1"})
    if (text == word) return true;
  for (const std::string_view word : {"no", "false", "off", "n", "0"})
    if (text == word) return false;
  return {};
}

}  // namespace walkit
