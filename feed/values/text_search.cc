// tsvector and tsquery.
//
// Format: tsearch/ts_type.h. Text: utils/adt/tsvector.c, tsquery.c.
#include <array>
#include <variant>
#include <vector>

#include "feed/values/append.h"
#include "feed/values/printers.h"
#include "walreader/bytes.h"

namespace walkit::values {
namespace {

/// 'text', with quotes and backslashes doubled.
Unavailable print_lexeme(ValueRenderer& renderer, ByteSpan bytes, std::string& out) {
  std::string text;
  const Unavailable result = renderer.print_text(as_text(bytes), text);
  out += '\'';
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  out += '\'';
  return result;
}

/// Number of positions, then these: 14 bits, and a weight above. Adds their size to `printed`.
bool print_positions(ByteSpan bytes, std::size_t& printed, std::string& out) {
  constexpr std::array<std::string_view, 4> kWeights = {"", "C", "B", "A"};
  Cursor in(bytes);
  const std::uint16_t count = in.u16();
  if (!in.ok() || in.remaining() / 2 < count) return false;
  printed += sizeof count * (1U + count);
  for (std::uint16_t i = 0; i < count; ++i) {
    out += i == 0 ? ':' : ',';
    const std::uint16_t position = in.u16();
    append_uint(out, position & 0x3FFFU);
    out += kWeights[position >> 14];
  }
  return true;
}

constexpr std::size_t kItemSize = 12;  // sizeof(QueryItem)

enum Operator : std::uint8_t { kNot = 1, kAnd = 2, kOr = 3, kPhrase = 4 };
// By operator: how strongly it binds (tsearch_op_priority of utils/adt/tsquery.c).
constexpr std::array<int, 5> kPriorities = {0, 4, 2, 1, 3};
constexpr std::array<std::string_view, 5> kSymbols = {"", "!", " & ", " | ", " <-> "};

/// A tree in Polish notation: an operator is followed by its right operand and then by its left one, which
/// prints first. What is left to print is kept on a stack of its own: queries may be deep.
class QueryPrinter {
 public:
  QueryPrinter(ValueRenderer& renderer, ByteSpan items, ByteSpan operands, std::string& out)
      : renderer_(renderer), items_(items), operands_(operands), out_(out) {}

  Unavailable print() {
    tasks_.push_back(Node{0, items_.size() / kItemSize, -1, false});
    while (!tasks_.empty()) {
      const Task task = tasks_.back();
      tasks_.pop_back();
      const Unavailable result = std::visit([this](const auto& what) { return print(what); }, task);
      if (result != Unavailable::none) return result;
    }
    return Unavailable::none;
  }

 private:
  /// The tree in the items from `begin` to `end`.
  struct Node {
    std::size_t begin;
    std::size_t end;
    int outer_priority;
    bool right_of_phrase;
  };
  struct Distance {  ///< of a phrase operator
    std::int16_t words;
  };
  using Task = std::variant<Node, Distance, std::string_view>;

  Unavailable print(std::string_view text) {
    out_ += text;
    return Unavailable::none;
  }
  Unavailable print(const Distance& distance) {
    out_ += " <";
    append_int(out_, distance.words);
    out_ += "> ";
    return Unavailable::none;
  }
  Unavailable print(const Node& node) {
    if (node.begin >= node.end) return Unavailable::type_unrendered;
    Cursor item(items_.subspan(node.begin * kItemSize, kItemSize));
    constexpr std::uint8_t kValue = 1, kOperator = 2;
    const std::uint8_t type = item.u8();
    if (type == kValue) return print_operand(item);
    return type == kOperator && print_operator(node, item) ? Unavailable::none : Unavailable::type_unrendered;
  }

  bool print_operator(const Node& node, Cursor& item) {
    const std::uint8_t symbol = item.u8();
    const auto distance = item.get<std::int16_t>();
    const std::size_t left = item.u32();
    if (symbol < kNot || symbol > kPhrase) return false;
    const int priority = kPriorities[symbol];
    const bool phrase = symbol == kPhrase;
    if (priority < node.outer_priority || (phrase && node.right_of_phrase)) {
      out_ += "( ";
      tasks_.push_back(" )");
    }
    if (symbol == kNot) {
      out_ += '!';
      tasks_.push_back(Node{node.begin + 1, node.end, priority, false});
      return true;
    }
    if (left < 2 || left >= node.end - node.begin) return false;  // neither operand is empty
    tasks_.push_back(Node{node.begin + 1, node.begin + left, priority, phrase});
    if (phrase && distance != 1)
      tasks_.push_back(Distance{distance});
    else
      tasks_.push_back(kSymbols[symbol]);
    tasks_.push_back(Node{node.begin + left, node.end, priority, false});
    return true;
  }

  /// Weights to search for, whether any word with this beginning matches, checksum, where its text is.
  Unavailable print_operand(Cursor& item) {
    const unsigned weights = item.u8();
    const bool prefix = item.u8() != 0;
    item.skip(5);
    const std::uint32_t place = item.u32();
    const std::size_t length = place & 0xFFF;
    const std::size_t offset = place >> 12;
    printed_ += length;  // no text is that of two operands
    if (offset > operands_.size() || length > operands_.size() - offset || printed_ > operands_.size())
      return Unavailable::type_unrendered;
    const Unavailable result = print_lexeme(renderer_, operands_.subspan(offset, length), out_);
    if (weights != 0 || prefix) out_ += ':';
    if (prefix) out_ += '*';
    for (unsigned i = 0; i < 4; ++i)
      if ((weights >> (3 - i) & 1) != 0) out_ += static_cast<char>('A' + i);
    return result;
  }

  ValueRenderer& renderer_;
  ByteSpan items_;
  ByteSpan operands_;
  std::string& out_;
  std::vector<Task> tasks_;
  std::size_t printed_ = 0;  ///< bytes of operands
};

}  // namespace

/// Number of lexemes, an entry of 32 bits for each (has positions, 11 bits of length, 20 of offset), the
/// lexemes.
Unavailable print_tsvector(ValueRenderer& renderer, ByteSpan content, std::string& out) {
  Cursor in(content);
  const std::size_t count = in.u32();
  Cursor entries(in.bytes(count * sizeof(std::uint32_t)));
  if (!in.ok()) return Unavailable::type_unrendered;
  const ByteSpan lexemes = in.rest();
  std::size_t printed = 0;  // bytes of lexemes and positions: no two share any
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t entry = entries.u32();
    const std::size_t length = entry >> 1 & 0x7FF;
    const std::size_t offset = entry >> 12;
    const std::size_t positions = align_up(offset + length, 's');
    const bool has_positions = (entry & 1) != 0;
    if (offset + length > lexemes.size() || (has_positions && positions > lexemes.size()))
      return Unavailable::type_unrendered;
    if (i > 0) out += ' ';
    const Unavailable result = print_lexeme(renderer, lexemes.subspan(offset, length), out);
    if (result != Unavailable::none) return result;
    printed += length;
    if (has_positions && !print_positions(lexemes.subspan(positions), printed, out))
      return Unavailable::type_unrendered;
    if (printed > lexemes.size()) return Unavailable::type_unrendered;
  }
  return Unavailable::none;
}

/// Number of items, these, the operands' texts.
Unavailable print_tsquery(ValueRenderer& renderer, ByteSpan content, std::string& out) {
  Cursor in(content);
  const std::size_t count = in.u32();
  const ByteSpan items = in.bytes(count * kItemSize);
  if (!in.ok()) return Unavailable::type_unrendered;
  if (count == 0) return Unavailable::none;
  return QueryPrinter(renderer, items, in.rest(), out).print();
}

}  // namespace walkit::values
