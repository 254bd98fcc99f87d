// Brokers for tests/integration/feed_kafka.sh: librdkafka's mock cluster, which listens on real sockets and
// keeps everything in memory.
//
// Usage: kafka_mock BROKERS. Prints the bootstrap servers, then obeys standard input, one command a line, and
// prints `done` after each:
//   fail CODE...     the next requests to produce get these errors, one each (numbers of Kafka's protocol)
//   down ID, up ID   a broker goes away and comes back
//   slow ID MS       a broker takes so long for each answer
//   dump PREFIX FILE every message of every topic that begins so, as a line of JSON
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::int16_t kProduce = 0;  // the number of the request
constexpr int kTimeoutMs = 60'000;

[[noreturn]] void fail(const std::string& text) {
  std::fprintf(stderr, "kafka_mock: %s\n", text.c_str());
  std::exit(1);
}

struct Destroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_mock_cluster_t* cluster) const { rd_kafka_mock_cluster_destroy(cluster); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using Client = std::unique_ptr<rd_kafka_t, Destroy>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroy>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, Destroy>;

Client open_client(rd_kafka_type_t type, const std::vector<std::array<const char*, 2>>& properties) {
  std::array<char, 512> text{};
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  for (const auto& [name, value] : properties)
    if (rd_kafka_conf_set(conf, name, value, text.data(), text.size()) != RD_KAFKA_CONF_OK) fail(text.data());
  Client client(rd_kafka_new(type, conf, text.data(), text.size()));
  if (!client) fail(text.data());
  return client;
}

Partitions partitions_of(rd_kafka_t* client, std::string_view prefix) {
  const struct rd_kafka_metadata* metadata = nullptr;
  const auto error = rd_kafka_metadata(client, 1, nullptr, &metadata, kTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(error));
  Partitions partitions(rd_kafka_topic_partition_list_new(0));
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (!std::string_view(metadata->topics[i].topic).starts_with(prefix)) continue;
    for (int j = 0; j < metadata->topics[i].partition_cnt; ++j)
      rd_kafka_topic_partition_list_add(partitions.get(), metadata->topics[i].topic, j)->offset =
          RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_metadata_destroy(metadata);
  return partitions;
}

nlohmann::json text_or_null(const void* bytes, std::size_t size) {
  if (bytes == nullptr) return nullptr;
  return std::string(static_cast<const char*>(bytes), size);
}

nlohmann::json headers_of(const rd_kafka_message_t& message) {
  auto headers = nlohmann::json::object();
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    headers[name] = text_or_null(value, size);
  return headers;
}

void dump(const std::string& brokers, const std::string& prefix, const std::string& path) {
  std::ofstream file(path);
  const Client client = open_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers.c_str()},
                                                        {"group.id", "kafka_mock"},
                                                        {"enable.auto.commit", "false"},
                                                        {"enable.partition.eof", "true"}});
  const Partitions partitions = partitions_of(client.get(), prefix);
  rd_kafka_assign(client.get(), partitions.get());
  for (int open = partitions->cnt; open > 0;) {
    const Message message(rd_kafka_consumer_poll(client.get(), kTimeoutMs));
    if (!message) fail("no message came in time");
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      --open;
      continue;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_message_errstr(message.get()));
    const nlohmann::json line = {{"topic", rd_kafka_topic_name(message->rkt)},
                                 {"partition", message->partition},
                                 {"offset", message->offset},
                                 {"key", text_or_null(message->key, message->key_len)},
                                 {"value", text_or_null(message->payload, message->len)},
                                 {"headers", headers_of(*message)}};
    file << line.dump() << '\n';
  }
  rd_kafka_consumer_close(client.get());
  if (!file.flush()) fail("could not write " + path);
}

void obey(rd_kafka_mock_cluster_t* cluster, const std::string& command) {
  std::istringstream words(command);
  std::string verb;
  words >> verb;
  if (verb == "dump") {
    std::string prefix, path;
    words >> prefix >> path;
    return dump(rd_kafka_mock_cluster_bootstraps(cluster), prefix, path);
  }
  std::vector<rd_kafka_resp_err_t> numbers;
  for (int number = 0; words >> number;) numbers.push_back(static_cast<rd_kafka_resp_err_t>(number));
  if (numbers.empty()) fail("what is \"" + command + "\"?");
  if (verb == "fail") {
    rd_kafka_mock_push_request_errors_array(cluster, kProduce, numbers.size(), numbers.data());
  } else if (verb == "down") {
    rd_kafka_mock_broker_set_down(cluster, numbers[0]);
  } else if (verb == "slow" && numbers.size() == 2) {
    rd_kafka_mock_broker_set_rtt(cluster, numbers[0], numbers[1]);
  } else if (verb == "up") {
    rd_kafka_mock_broker_set_up(cluster, numbers[0]);
  } else {
    fail("what is \"" + command + "\"?");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int brokers = argc == 2 ? std::atoi(argv[1]) : 0;
  if (brokers <= 0) fail("usage: kafka_mock BROKERS");
  const Client owner =
      open_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", "127.0.0.1:1"}, {"log_level", "0"}});
  const std::unique_ptr<rd_kafka_mock_cluster_t, Destroy> cluster(
      rd_kafka_mock_cluster_new(owner.get(), brokers));
  if (!cluster) fail("no cluster");
  std::cout << rd_kafka_mock_cluster_bootstraps(cluster.get()) << std::endl;
  for (std::string command; std::getline(std::cin, command);) {
    obey(cluster.get(), command);
    std::cout << "done" << std::endl;
  }
}
