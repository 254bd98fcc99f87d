#include "tests/support/strict_json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace walkit::test {
namespace {

using nlohmann::json;

/// Follows a parse and notes keys that come twice.
class KeyCheck final : public json::json_sax_t {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    objects_.emplace_back();
    return true;
  }
  bool end_object() override {
    objects_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool key(string_t& name) override {
    if (objects_.back().insert(name).second) return true;
    complaint = "key twice in one object: " + name;
    return false;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    complaint = error.what();
    return false;
  }

  std::string complaint;

 private:
  std::vector<std::set<std::string>> objects_;
};

}  // namespace

std::string json_complaint(std::string_view text) {
  KeyCheck check;
  const bool ok = json::sax_parse(text.begin(), text.end(), &check);
  return !ok && check.complaint.empty() ? "not JSON" : check.complaint;
}

}  // namespace walkit::test
