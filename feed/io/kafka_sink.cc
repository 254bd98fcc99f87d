#include "feed/io/kafka_sink.h"

namespace walkit {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kSaveInterval{250};

}  // namespace

std::expected<std::unique_ptr<KafkaSink>, std::string> KafkaSink::open(std::unique_ptr<MessageBroker> broker,
                                                                       const BrokerSettings& settings,
                                                                       TopicNames topics,
                                                                       std::string state_path,
                                                                       const FeedState& state) {
  std::unique_ptr<KafkaSink> sink(
      new KafkaSink(std::move(broker), std::move(topics), std::move(state_path), state));
  if (auto opened = sink->broker_->open(settings, *sink); !opened)
    return std::unexpected(std::move(opened).error());
  // Before the first message: were the file not writable, all of them would come again.
  if (!sink->state_path_.empty())
    if (auto saved = write_feed_state(sink->state_path_, state); !saved)
      return std::unexpected(std::move(saved).error());
  sink->saved_at_ = Clock::now();
  return sink;
}

std::expected<void, std::string> KafkaSink::message(const EventMessage& message) {
  const OutgoingMessage outgoing{
      .topic = topics_.of(message), .key = message.key, .value = message.value, .id = message.id};
  synced_ = false;
  return save_in_time(broker_->send(outgoing, pending_.sent()));
}

std::expected<void, std::string> KafkaSink::complete(Lsn before) {
  pending_.ended(before);
  synced_ = false;
  return save_in_time(broker_->poll());
}

std::expected<void, std::string> KafkaSink::sync() {
  auto flushed = broker_->flush();
  auto saved = save();
  synced_ = flushed && saved;
  return flushed ? saved : flushed;
}

// Also where something failed: what was acknowledged before need not come again.
std::expected<void, std::string> KafkaSink::save_in_time(Result done) {
  if (done && Clock::now() - saved_at_ < kSaveInterval) return done;
  auto saved = save();
  return done ? saved : done;
}

std::expected<void, std::string> KafkaSink::save() {
  saved_at_ = Clock::now();
  const bool moved = pending_.position().valid() && pending_.position() != state_.position;
  if (!moved) return {};
  state_.position = pending_.position();
  if (state_path_.empty()) return {};
  return write_feed_state(state_path_, state_);
}

}  // namespace walkit
