// The module that talks to Kafka, loaded by a feed that wants it.
#pragma once

#include "feed/io/message_broker.h"
#include "tools/module.h"

namespace walkit {

/// Loads walkit-kafka.so and makes a broker that is not open.
inline std::expected<std::unique_ptr<MessageBroker>, ModuleError> load_kafka_module() {
  return make_by_module<MessageBroker>({.file = "walkit-kafka.so",
                                        .factory = kBrokerFactory,
                                        .purpose = "Kafka is written to",
                                        .needs = "librdkafka (on Debian: librdkafka1)"});
}

}  // namespace walkit
