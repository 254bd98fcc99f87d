#include "archiver/checked_line.h"

#include <fmt/format.h>

#include <span>

#include "walreader/crc32c.h"

namespace walkit {

std::string checked_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) (line += word) += ' ';
  Crc32c crc;
  crc.update(std::as_bytes(std::span(line)));
  return line + fmt::format("{:08x}\n", crc.value());
}

// Made again from its words, so that nothing is overlooked.
std::optional<std::vector<std::string>> parse_checked_line(std::string_view line) {
  std::vector<std::string> words;
  for (std::string_view rest = line; !rest.empty();) {
    const std::size_t space = rest.find(' ');
    if (space == rest.npos) break;
    words.emplace_back(rest.substr(0, space));
    rest.remove_prefix(space + 1);
  }
  if (checked_line(words) != line) return std::nullopt;
  return words;
}

}  // namespace walkit
