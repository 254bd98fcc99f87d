// Where a feed's events go if that is Kafka, and how: kafka://BROKERS/PREFIX and a file of properties.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace walkit {

struct KafkaAddress {
  std::string brokers;  ///< host:port, separated by commas
  std::string prefix;   ///< of topics
  bool operator==(const KafkaAddress&) const = default;
};

/// Whether it means Kafka, well-formed or not.
bool names_kafka(std::string_view sink);

/// nullopt if a host, a port or the prefix is not one.
std::optional<KafkaAddress> parse_kafka_address(std::string_view sink);

using KafkaProperties = std::vector<std::pair<std::string, std::string>>;

/// The properties of librdkafka in a file, `name=value` a line; empty lines and those that begin with # are
/// skipped. It may hold secrets: it is refused if everybody may read it, and no error repeats a value. The
/// error is one line.
std::expected<KafkaProperties, std::string> read_kafka_properties(const std::string& file);

}  // namespace walkit
