// The module walkit-kafka.so: MessageBroker over librdkafka.
//
// The producer is idempotent and waits for all replicas, so that within a run the broker has each message
// once and in order. librdkafka retries what may be retried until a message's time is over; what it reports
// as failed is final. All callbacks come within the calls that poll.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>

#include "feed/io/message_broker.h"

namespace walkit {
namespace {

using std::chrono::milliseconds;

constexpr int kPollMs = 100;
constexpr milliseconds kConnectStep{500};
constexpr milliseconds kDefaultTimeout{60'000};

struct Property {
  const char* name;
  const char* value;
};
// librdkafka's own default for what waits is 1 GiB.
constexpr Property kDefaults[] = {{"client.id", "walkit"},
                                  {"message.timeout.ms", "60000"},
                                  {"partitioner", "murmur2_random"},  // that of Java's producers
                                  {"queue.buffering.max.kbytes", "32768"},
                                  {"queue.buffering.max.messages", "50000"}};
constexpr Property kFixed[] = {{"enable.idempotence", "true"}, {"acks", "all"}};
// What would take away what the feed promises, or what it sets itself, under all of its names.
constexpr std::string_view kReserved[] = {"acks",
                                          "bootstrap.servers",
                                          "delivery.report.only.error",
                                          "enable.idempotence",
                                          "metadata.broker.list",
                                          "request.required.acks",
                                          "transactional.id"};

struct Destroy {
  void operator()(rd_kafka_conf_t* configuration) const { rd_kafka_conf_destroy(configuration); }
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Configuration = std::unique_ptr<rd_kafka_conf_t, Destroy>;
using Client = std::unique_ptr<rd_kafka_t, Destroy>;
using ErrorText = std::array<char, 512>;

class KafkaBroker final : public MessageBroker {
 public:
  Result open(const BrokerSettings& settings, DeliveryListener& listener) override;
  Result send(const OutgoingMessage& message, std::uint64_t ticket) override;
  Result poll() override;
  Result flush() override;

 private:
  Result set(const std::string& name, const std::string& value);
  Result configure(const BrokerSettings& settings);
  milliseconds timeout() const;
  Result reach(const BrokerSettings& settings);
  rd_kafka_resp_err_t produce(const OutgoingMessage& message, std::uint64_t ticket);
  Result result() const { return failure_ ? Result(std::unexpected(*failure_)) : Result(); }
  Result fail(std::string text);
  static void report(rd_kafka_t*, const rd_kafka_message_t* message, void* broker);
  static void notice(rd_kafka_t* client, int error, const char* reason, void* broker);

  DeliveryListener* listener_ = nullptr;
  std::optional<std::string> failure_;  // the first; the others follow from it
  std::string last_notice_;             // what librdkafka said last of a connection
  bool refused_ = false;                // it said that the broker does not let us in
  std::string topic_;                   // used again
  Configuration configuration_;         // until there is a client
  Client client_;
};

MessageBroker::Result KafkaBroker::fail(std::string text) {
  if (!failure_) failure_ = std::move(text);
  return result();
}

MessageBroker::Result KafkaBroker::set(const std::string& name, const std::string& value) {
  ErrorText text;  // repeats the value, which may be a secret
  switch (rd_kafka_conf_set(configuration_.get(), name.c_str(), value.c_str(), text.data(), text.size())) {
    case RD_KAFKA_CONF_OK:
      return {};
    case RD_KAFKA_CONF_UNKNOWN:
      return fail("librdkafka has no property \"" + name + "\"");
    case RD_KAFKA_CONF_INVALID:
      break;
  }
  return fail("the value of property \"" + name + "\" is not valid for librdkafka");
}

MessageBroker::Result KafkaBroker::configure(const BrokerSettings& settings) {
  configuration_.reset(rd_kafka_conf_new());
  rd_kafka_conf_set_opaque(configuration_.get(), this);
  rd_kafka_conf_set_dr_msg_cb(configuration_.get(), report);
  rd_kafka_conf_set_error_cb(configuration_.get(), notice);
  bool debug = false;
  const auto quiet = [](const rd_kafka_t*, int, const char*, const char*) {};
  for (const auto& [name, value] : kDefaults)
    if (auto done = set(name, value); !done) return done;
  for (const auto& [name, value] : settings.properties) {
    if (std::ranges::find(kReserved, name) != std::end(kReserved))
      return fail("property \"" + name + "\" is walkit's own");
    if (auto done = set(name, value); !done) return done;
    debug |= name == "debug";
  }
  if (!debug) rd_kafka_conf_set_log_cb(configuration_.get(), quiet);
  for (const auto& [name, value] : kFixed)
    if (auto done = set(name, value); !done) return done;
  return set("bootstrap.servers", settings.brokers);
}

// The time that a message has, which may be endless: that to reach a broker is not.
milliseconds KafkaBroker::timeout() const {
  ErrorText text{};
  std::size_t size = text.size();
  rd_kafka_conf_get(rd_kafka_conf(client_.get()), "message.timeout.ms", text.data(), &size);
  const milliseconds timeout{std::strtol(text.data(), nullptr, 10)};
  return timeout > milliseconds{0} ? timeout : kDefaultTimeout;
}

// Only an answer tells that there is a broker: making a client does not wait for one.
MessageBroker::Result KafkaBroker::reach(const BrokerSettings& settings) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point deadline = Clock::now() + timeout();
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    const struct rd_kafka_metadata* metadata = nullptr;
    const auto error =
        rd_kafka_metadata(client_.get(), 0, nullptr, &metadata,
                          static_cast<int>(std::clamp(left, milliseconds{1}, kConnectStep).count()));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_metadata_destroy(metadata);
      return {};
    }
    rd_kafka_poll(client_.get(), 0);
    if (failure_) return result();
    if (!refused_ && left > milliseconds{0}) continue;
    const std::string why = last_notice_.empty() ? rd_kafka_err2str(error) : last_notice_;
    return fail("could not reach Kafka at \"" + settings.brokers + "\": " + why);
  }
}

MessageBroker::Result KafkaBroker::open(const BrokerSettings& settings, DeliveryListener& listener) {
  listener_ = &listener;
  if (auto configured = configure(settings); !configured) return configured;
  ErrorText text{};
  client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, configuration_.get(), text.data(), text.size()));
  if (!client_) return fail(std::string("could not set up librdkafka: ") + text.data());
  static_cast<void>(configuration_.release());  // it is the client's now
  return reach(settings);
}

rd_kafka_resp_err_t KafkaBroker::produce(const OutgoingMessage& message, std::uint64_t ticket) {
  static_assert(sizeof(void*) >= sizeof ticket);
  topic_ = message.topic;
  const bool has_key = !message.key.empty(), has_id = !message.id.empty();
  std::array<rd_kafka_vu_t, 6> units{};
  std::size_t count = 0;
  const auto bytes = [](std::string_view text) { return const_cast<char*>(text.data()); };  // copied
  units[count].vtype = RD_KAFKA_VTYPE_TOPIC;
  units[count++].u.cstr = topic_.c_str();
  units[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  units[count++].u.i = RD_KAFKA_MSG_F_COPY;
  units[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
  units[count++].u.ptr = reinterpret_cast<void*>(ticket);  // NOLINT(performance-no-int-to-ptr)
  units[count].vtype = RD_KAFKA_VTYPE_VALUE;
  units[count++].u.mem = {bytes(message.value), message.value.size()};
  if (has_key) {
    units[count].vtype = RD_KAFKA_VTYPE_KEY;
    units[count++].u.mem = {bytes(message.key), message.key.size()};
  } else {  // what no key keeps in order
    units[count].vtype = RD_KAFKA_VTYPE_PARTITION;
    units[count++].u.i32 = 0;
  }
  if (has_id) {
    units[count].vtype = RD_KAFKA_VTYPE_HEADER;
    units[count++].u.header = {"id", bytes(message.id), static_cast<ssize_t>(message.id.size())};
  }
  rd_kafka_error_t* const error = rd_kafka_produceva(client_.get(), units.data(), count);
  const rd_kafka_resp_err_t code = error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error);
  if (error != nullptr) rd_kafka_error_destroy(error);
  return code;
}

MessageBroker::Result KafkaBroker::send(const OutgoingMessage& message, std::uint64_t ticket) {
  while (!failure_) {
    auto error = produce(message, ticket);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    const bool full = error == RD_KAFKA_RESP_ERR__QUEUE_FULL;
    if (full && rd_kafka_outq_len(client_.get()) > 0) {
      rd_kafka_poll(client_.get(), kPollMs);
      continue;
    }
    if (full) error = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;  // even when nothing else is under way
    return fail("could not send " + std::to_string(message.value.size()) + " bytes to Kafka's topic \"" +
                topic_ + "\": " + rd_kafka_err2str(error));
  }
  return result();
}

MessageBroker::Result KafkaBroker::poll() {
  rd_kafka_poll(client_.get(), 0);
  return result();
}

MessageBroker::Result KafkaBroker::flush() {
  while (!failure_ && rd_kafka_outq_len(client_.get()) > 0) rd_kafka_flush(client_.get(), kPollMs);
  return result();
}

void KafkaBroker::report(rd_kafka_t*, const rd_kafka_message_t* message, void* broker) {
  auto& self = *static_cast<KafkaBroker*>(broker);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    self.last_notice_.clear();  // it is over
    return self.listener_->delivered(reinterpret_cast<std::uint64_t>(message->_private));
  }
  if (self.failure_) return;
  std::string why = rd_kafka_err2str(message->err);
  const bool late = message->err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT;
  if (late && !self.last_notice_.empty()) why += "; " + self.last_notice_;
  self.failure_ = std::string("Kafka did not take a message for topic \"") +
                  rd_kafka_topic_name(message->rkt) + "\": " + why;
}

void KafkaBroker::notice(rd_kafka_t* client, int error, const char* reason, void* broker) {
  auto& self = *static_cast<KafkaBroker*>(broker);
  if (error == RD_KAFKA_RESP_ERR__FATAL) {
    ErrorText text{};
    rd_kafka_fatal_error(client, text.data(), text.size());
    if (!self.failure_) self.failure_ = std::string("Kafka: ") + text.data();
    return;
  }
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !self.last_notice_.empty()) return;  // says less
  self.last_notice_ = reason;
  self.refused_ |= error == RD_KAFKA_RESP_ERR__AUTHENTICATION;
}

}  // namespace
}  // namespace walkit

extern "C" __attribute__((visibility("default"))) walkit::MessageBroker* walkit_open_broker(
    const char* walkit_version) {
  if (std::string_view(walkit_version) != WALKIT_VERSION) return nullptr;
  return new (std::nothrow) walkit::KafkaBroker;
}
