#include "tools/kafka_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "feed/io/topic_names.h"
#include "tools/config_file.h"
#include "tools/quantities.h"

namespace walkit {
namespace {

constexpr std::string_view kScheme = "kafka://";

bool is_broker(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  return parse_number<std::uint16_t>(text.substr(colon + 1), 1, 65535).has_value();
}

}  // namespace

bool names_kafka(std::string_view sink) { return sink.starts_with(kScheme); }

std::optional<KafkaAddress> parse_kafka_address(std::string_view sink) {
  if (!names_kafka(sink)) return {};
  sink.remove_prefix(kScheme.size());
  const std::size_t slash = sink.find('/');
  if (slash == std::string_view::npos) return {};
  KafkaAddress address{std::string(sink.substr(0, slash)), std::string(sink.substr(slash + 1))};
  const bool brokers = std::ranges::all_of(split_list(address.brokers), is_broker);
  return brokers && is_topic_prefix(address.prefix) ? std::optional(std::move(address)) : std::nullopt;
}

std::expected<KafkaProperties, std::string> read_kafka_properties(const std::string& file) {
  const auto text = read_secret_file(file);
  if (!text) return std::unexpected(text.error());
  KafkaProperties properties;
  std::string_view rest = *text;
  for (int number = 1; !rest.empty(); ++number) {
    const std::string_view line = trimmed(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
    if (line.empty() || line.front() == '#') continue;
    const std::size_t equals = line.find('=');
    if (equals == 0 || equals == std::string_view::npos || line.find('\0') != std::string_view::npos)
      return std::unexpected(fmt::format("{}:{}: this is not name=value", file, number));
    properties.emplace_back(trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)));
  }
  return properties;
}

}  // namespace walkit
