// Events to Kafka, and how far they are acknowledged.
//
// With a state file, the position after the last transaction of which, and of all before it, every message
// was acknowledged is written there: whoever starts again goes on behind it. No event is lost; those behind
// the position come again, with the same ids.
#pragma once

#include <chrono>
#include <memory>

#include "feed/event_messages.h"
#include "feed/io/durable_sink.h"
#include "feed/io/file_sink.h"
#include "feed/io/message_broker.h"
#include "feed/io/pending_transactions.h"
#include "feed/io/topic_names.h"

namespace walkit {

/// One thread at a time.
class KafkaSink final : public MessageSink, public DurableSink, private DeliveryListener {
 public:
  /// Reaches a broker. `state_path` is empty if no state is to be kept.
  static std::expected<std::unique_ptr<KafkaSink>, std::string> open(std::unique_ptr<MessageBroker> broker,
                                                                     const BrokerSettings& settings,
                                                                     TopicNames topics,
                                                                     std::string state_path,
                                                                     const FeedState& state);

  std::expected<void, std::string> message(const EventMessage& message) override;
  std::expected<void, std::string> complete(Lsn before) override;
  std::expected<void, std::string> sync() override;
  bool synced() const override { return synced_; }
  Lsn position() const override { return state_.position; }

 private:
  using Result = std::expected<void, std::string>;

  KafkaSink(std::unique_ptr<MessageBroker> broker, TopicNames topics, std::string state_path,
            const FeedState& state)
      : topics_(std::move(topics)),
        state_path_(std::move(state_path)),
        state_(state),
        broker_(std::move(broker)) {}
  void delivered(std::uint64_t ticket) override { pending_.delivered(ticket); }
  Result save();
  Result save_in_time(Result done);

  TopicNames topics_;
  std::string state_path_;
  FeedState state_;  // as it was saved last
  std::chrono::steady_clock::time_point saved_at_;
  bool synced_ = true;
  PendingTransactions pending_;
  std::unique_ptr<MessageBroker> broker_;  // goes first: it tells this of deliveries
};

}  // namespace walkit
