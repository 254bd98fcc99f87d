// A server that answers what it was told to.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "live/server.h"

namespace walkit::test {

class FakeServer final : public walkit::Server {
 public:
  using Answer = std::function<ServerResult<std::vector<Row>>()>;

  /// The answer to statements that contain `part`; what was set last is looked at first.
  void answer(std::string part, std::vector<Row> rows) {
    answer_with(std::move(part), [rows = std::move(rows)] { return rows; });
  }
  void answer_with(std::string part, Answer answer) {
    answers_.insert(answers_.begin(), {std::move(part), std::move(answer)});
  }

  ServerResult<void> connect(const std::string&, Deadline) override { return {}; }
  ServerResult<std::vector<Row>> query(const std::string& sql, Deadline) override {
    asked.push_back(sql);
    for (const auto& [part, answer] : answers_)
      if (sql.contains(part)) return answer();
    return std::unexpected(ServerError{ServerError::Kind::connection, "server closed the connection", {}});
  }

  std::vector<std::string> asked;

 private:
  std::vector<std::pair<std::string, Answer>> answers_;
};

}  // namespace walkit::test
