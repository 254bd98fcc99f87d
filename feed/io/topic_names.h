// Names of Kafka topics, as Debezium makes them.
#pragma once

#include <string>
#include <string_view>

#include "feed/event_messages.h"

namespace walkit {

/// Room for the longest names of a database, a schema and a table is left in the 249 characters of a topic's.
inline constexpr std::size_t kMaxTopicPrefix = 249 - 3 * 64;

/// Whether it is short enough, not empty, and of letters, digits, `.`, `_` and `-` alone.
bool is_topic_prefix(std::string_view text);

/// PREFIX.database.schema.table, PREFIX.transaction and PREFIX.message.
class TopicNames {
 public:
  /// With `databases` false the database's name is left out, as Debezium does.
  TopicNames(std::string prefix, bool databases) : prefix_(std::move(prefix)), databases_(databases) {}

  /// The topic of an event. Valid until the next call.
  std::string_view of(const EventMessage& message);

 private:
  void append(std::string_view name);

  std::string prefix_;
  bool databases_;
  std::string name_;
};

}  // namespace walkit
