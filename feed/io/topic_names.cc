#include "feed/io/topic_names.h"

#include <algorithm>

namespace walkit {
namespace {

bool is_legal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

// Debezium replaces units of UTF-16: two of what needs four bytes in UTF-8.
std::size_t utf16_units(char c) {
  const auto byte = static_cast<unsigned char>(c);
  const bool continues = (byte & 0xC0) == 0x80;
  return continues ? 0 : byte >= 0xF0 ? 2 : 1;
}

}  // namespace

bool is_topic_prefix(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTopicPrefix && std::ranges::all_of(text, is_legal);
}

void TopicNames::append(std::string_view name) {
  name_ += '.';
  for (const char c : name)
    if (is_legal(c))
      name_ += c;
    else
      name_.append(utf16_units(c), '_');
}

std::string_view TopicNames::of(const EventMessage& message) {
  name_ = prefix_;
  switch (message.stream) {
    case EventStream::table:
      if (databases_) append(message.table->database_name);
      append(message.table->schema);
      append(message.table->name);
      break;
    case EventStream::transaction:
      append("transaction");
      break;
    case EventStream::message:
      append("message");
      break;
  }
  return name_;
}

}  // namespace walkit
