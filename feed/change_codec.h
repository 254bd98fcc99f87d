// Changes as bytes, so that a transaction can wait for its commit outside of memory. The bytes never leave
// the process that wrote them, but come back through a file: nothing in them is trusted.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "feed/event.h"

namespace walkit {

/// Schemas by number, each as long as somebody holds its number. Numbers are used again. One thread at a
/// time.
class SchemaNumbers {
 public:
  static constexpr std::uint32_t kNone = 0;  ///< of nullptr; need not be held

  /// The number of a schema, which the caller holds from now on.
  std::uint32_t hold(const SchemaRef& schema);
  void release(std::uint32_t number);
  /// kNone if nobody holds a number of it.
  std::uint32_t find(const RelationSchema* schema) const;
  /// nullptr if nobody holds it.
  SchemaRef schema(std::uint32_t number) const;
  std::size_t size() const { return numbers_.size(); }

 private:
  struct Slot {
    SchemaRef schema;
    std::size_t holders = 0;
  };
  std::vector<Slot> slots_{1};  // the first stands for kNone
  std::vector<std::uint32_t> free_;
  std::unordered_map<const RelationSchema*, std::uint32_t> numbers_;
};

/// Appends the bytes of a change whose schemas have these numbers.
void encode_change(const Change& change, std::uint32_t schema, std::uint32_t old_schema, std::string& out);

/// Fills `change`, whose buffers are used again. False if the bytes are not what encode_change() made.
[[nodiscard]] bool decode_change(ByteSpan bytes, const SchemaNumbers& numbers, Change& change);

}  // namespace walkit
