// A message broker, as the feed sees it. What implements it needs librdkafka and is loaded when a feed wants
// it: shared libraries are most of the time that starting a program takes.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace walkit {

/// A value.
struct BrokerSettings {
  std::string brokers;  ///< host:port, separated by commas
  /// Set before anything that the feed's promises rest on. Values may be secrets: no message repeats them.
  std::vector<std::pair<std::string, std::string>> properties;
};

/// Borrowed for one call.
struct OutgoingMessage {
  std::string_view topic;
  std::string_view key;  ///< empty: none, and the message goes to the topic's first partition
  std::string_view value;
  std::string_view id;  ///< becomes the header `id`; empty: none
};

class DeliveryListener {
 public:
  virtual ~DeliveryListener() = default;
  /// A message was acknowledged for good. Comes in the thread, and within the calls, of who sends.
  virtual void delivered(std::uint64_t ticket) = 0;
};

/// One thread at a time. The error of each call is one line, without secrets, and final: nothing more may be
/// sent after one. Destroying it gives up what was not acknowledged.
class MessageBroker {
 public:
  using Result = std::expected<void, std::string>;

  virtual ~MessageBroker() = default;

  /// Reaches a broker. The listener is borrowed as long as this lives.
  virtual Result open(const BrokerSettings& settings, DeliveryListener& listener) = 0;

  /// Copies the message. Waits while too many are under way. `ticket` is for the listener.
  virtual Result send(const OutgoingMessage& message, std::uint64_t ticket) = 0;

  /// Tells the listener what was acknowledged meanwhile.
  virtual Result poll() = 0;

  /// Waits until everything is acknowledged.
  virtual Result flush() = 0;
};

/// What the module exports, under this name. It returns nullptr unless it belongs to the same release of
/// walkit; otherwise a broker that is not open, for the caller to delete.
inline constexpr const char* kBrokerFactory = "walkit_open_broker";
using BrokerFactory = MessageBroker*(const char* walkit_version);

}  // namespace walkit
