#include "tools/server_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/program_options.h"

namespace walkit {
namespace {

using Words = std::vector<std::string>;

// Splits words as a POSIX shell does, which stands for nothing it would have to expand.
class WordReader {
 public:
  explicit WordReader(std::string_view line) : line_(line) {}

  std::optional<std::vector<Words>> read() {
    for (; at_ < line_.size() && known_; ++at_) take(line_[at_]);
    end_command();
    if (!known_) return std::nullopt;
    return std::move(commands_);
  }

 private:
  void take(char c) {
    if (c == '\'')
      take_quoted();
    else if (c == '"')
      take_double_quoted();
    else if (c == '\\')
      append(++at_ < line_.size() ? line_[at_] : '\\');
    else if (c == ' ' || c == '\t')
      end_word();
    else if (c == '<' || c == '>')
      redirect();
    else if (std::string_view(";&|\n").contains(c))
      end_command();
    else if (std::string_view("$`*?[(){}#~").contains(c))
      known_ = false;
    else
      append(c);
  }

  void take_quoted() {
    const std::size_t end = line_.find('\'', at_ + 1);
    known_ = end != std::string_view::npos;
    if (!known_) return;
    begin_word().append(line_.substr(at_ + 1, end - at_ - 1));
    at_ = end;
  }

  void take_double_quoted() {
    begin_word();
    for (++at_; at_ < line_.size() && line_[at_] != '"'; ++at_) {
      if (line_[at_] == '\\' && at_ + 1 < line_.size() && std::string_view("\\\"$`").contains(line_[at_ + 1]))
        ++at_;
      else if (line_[at_] == '$' || line_[at_] == '`')
        known_ = false;
      append(line_[at_]);
    }
    if (at_ >= line_.size()) known_ = false;
  }

  // The number in 2>FILE is no word, and FILE is nothing the command sees.
  void redirect() {
    const bool descriptor = word_ && word_->find_first_not_of("0123456789") == std::string::npos;
    if (descriptor) word_.reset();
    end_command();
  }

  std::string& begin_word() { return word_ ? *word_ : word_.emplace(); }
  void append(char c) { begin_word() += c; }
  void end_word() {
    if (word_) words_.push_back(*std::move(word_));
    word_.reset();
  }
  void end_command() {
    end_word();
    if (!words_.empty()) commands_.push_back(std::move(words_));
    words_.clear();
  }

  std::string_view line_;
  std::size_t at_ = 0;
  bool known_ = true;
  std::optional<std::string> word_;
  Words words_;
  std::vector<Words> commands_;
};

// The server makes one % of two before the shell sees the command.
std::string single_percents(std::string word) {
  for (std::size_t at = word.find("%%"); at != std::string::npos; at = word.find("%%", at + 1))
    word.erase(at, 1);
  return word;
}

// Where in a simple command walkit is called for `name`; its end if it is not.
Words::const_iterator find_call(const Words& words, std::string_view name) {
  return std::ranges::adjacent_find(words, [name](const std::string& program, const std::string& command) {
    return program.substr(program.rfind('/') + 1) == "walkit" && command == name;
  });
}

ServerCommand read_call(Command which, Words::const_iterator call, const Words& words) {
  const Words environment(words.begin(), call);
  Words arguments(call + 2, words.end());
  std::ranges::transform(arguments, arguments.begin(), single_percents);
  ServerCommand read{.calls_walkit = true, .settings = {}, .problem = {}};
  auto options = parse_options(which, arguments, environment);
  const Words operands = which == Command::push ? Words{"%p"} : Words{"%f", "%p"};
  if (!options)
    read.problem = options.error();
  else if (options->operands != operands)
    read.problem = fmt::format("expected {} after the options", fmt::join(operands, " "));
  else if (const auto added = add_config_file(*options); !added)
    read.problem = added.error();
  if (!read.problem.empty()) return read;
  auto settings = read_archive_settings(*options);
  if (settings)
    read.settings = *std::move(settings);
  else
    read.problem = settings.error();
  return read;
}

}  // namespace

std::optional<std::vector<std::vector<std::string>>> shell_words(std::string_view line) {
  return WordReader(line).read();
}

ServerCommand read_server_command(Command which, std::string_view command) {
  const std::string_view name = describe_command(which).name;
  const auto commands = shell_words(command);
  if (!commands) {
    const bool calls = command.find(fmt::format("walkit {}", name)) != std::string_view::npos;
    return {.calls_walkit = calls, .settings = {}, .problem = {}};
  }
  for (const Words& words : *commands)
    if (const auto call = find_call(words, name); call != words.end()) return read_call(which, call, words);
  return {};
}

}  // namespace walkit
