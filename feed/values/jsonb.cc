// jsonb.
//
// Format: utils/jsonb.h. A container is a header of 32 bits (number of elements or pairs, flags), an entry of
// 32 bits for each child (type; its length, or where it ends), and the children: of an object first all keys,
// then all values. Numbers and containers are aligned to 4 bytes, counted from the root. Text: JsonbToCString
// of utils/adt/jsonb.c.
#include <optional>
#include <vector>

#include "feed/values/printers.h"
#include "walreader/bytes.h"

namespace walkit::values {
namespace {

constexpr std::uint32_t kCountMask = 0x0FFFFFFF;
constexpr std::uint32_t kScalar = 0x10000000;
constexpr std::uint32_t kObject = 0x20000000;
constexpr std::uint32_t kArray = 0x40000000;

constexpr std::uint32_t kLengthMask = 0x0FFFFFFF;
constexpr std::uint32_t kEntryIsOffset = 0x80000000;

enum class EntryType : std::uint8_t { string, numeric, bool_false, bool_true, null, container };
EntryType type_of(std::uint32_t entry) { return static_cast<EntryType>(entry >> 28 & 7); }

constexpr std::size_t kWord = 4;

/// The children of a container, one after the other, as far as they lie within it.
class Children {
 public:
  Children() = default;
  Children(ByteSpan entries, ByteSpan data) : entries_(entries), data_(data) {}

  struct Child {
    EntryType type;
    ByteSpan bytes;
  };
  bool done() const { return entries_.empty(); }
  std::optional<Child> next() {
    const auto entry = load_le<std::uint32_t>(entries_.data());
    const std::size_t length = entry & kLengthMask;
    const std::size_t end = (entry & kEntryIsOffset) != 0 ? length : offset_ + length;
    if (end < offset_ || end > data_.size()) return std::nullopt;
    const Child child{.type = type_of(entry), .bytes = data_.subspan(offset_, end - offset_)};
    entries_ = entries_.subspan(kWord);
    offset_ = end;
    return child;
  }
  /// Steps over `count` children, and hands out an iterator over these.
  std::optional<Children> split(std::size_t count) {
    Children first = *this;
    first.entries_ = entries_.first(count * kWord);
    for (std::size_t i = 0; i < count; ++i)
      if (!next()) return std::nullopt;
    return first;
  }

 private:
  ByteSpan entries_;
  ByteSpan data_;
  std::size_t offset_ = 0;
};

/// A container that is being printed.
struct Level {
  bool object = false;
  bool scalar = false;  ///< the root of a value that is no container: prints without brackets
  bool first = true;
  Children keys;
  Children values;
};

std::optional<Level> open_container(ByteSpan bytes) {
  Cursor in(bytes);
  const std::uint32_t header = in.u32();
  const std::size_t count = header & kCountMask;
  Level level;
  level.object = (header & kObject) != 0;
  level.scalar = (header & kScalar) != 0;
  if (level.object == ((header & kArray) != 0) || (level.scalar && (level.object || count != 1)))
    return std::nullopt;
  const std::size_t children = level.object ? 2 * count : count;
  const ByteSpan entries = in.bytes(children * kWord);
  if (!in.ok()) return std::nullopt;
  level.values = Children(entries, in.rest());
  if (level.object) {
    const std::optional<Children> keys = level.values.split(count);
    if (!keys) return std::nullopt;
    level.keys = *keys;
  }
  return level;
}

/// What is escaped: those with a letter of their own, and other control characters.
void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kNamed = "\b\f\n\r\t\"\\";
  constexpr std::string_view kNames = "bfnrt\"\\";
  constexpr char kHexDigits[] = "0123456789abcdef";
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= ' ' && c != '"' && c != '\\') continue;
    out += text.substr(copied, i - copied);
    copied = i + 1;
    if (const std::size_t name = kNamed.find(text[i]); name != std::string_view::npos) {
      out += '\\';
      out += kNames[name];
    } else {
      out += "\\u00";
      out += kHexDigits[c >> 4];
      out += kHexDigits[c & 0xF];
    }
  }
  out += text.substr(copied);
}

class JsonbPrinter {
 public:
  JsonbPrinter(ValueRenderer& renderer, ByteSpan root, std::string& out)
      : renderer_(renderer), root_(root), out_(out) {}

  Unavailable print() {
    if (!open(root_)) return Unavailable::type_unrendered;
    while (!levels_.empty()) {
      const Unavailable result = step();
      if (result != Unavailable::none) return result;
    }
    return Unavailable::none;
  }

 private:
  bool open(ByteSpan container) {
    const std::optional<Level> level = open_container(container);
    if (!level || (level->scalar && !levels_.empty())) return false;
    if (!level->scalar) out_ += level->object ? '{' : '[';
    levels_.push_back(*level);
    return true;
  }

  void close() {
    const Level& level = levels_.back();
    if (!level.scalar) out_ += level.object ? '}' : ']';
    levels_.pop_back();
  }

  /// Prints the next child of the innermost container, or opens it, or closes the container.
  Unavailable step() {
    Level& level = levels_.back();
    if (level.values.done()) {
      close();
      return Unavailable::none;
    }
    if (!level.first) out_ += ", ";
    level.first = false;
    if (level.object) {
      const std::optional<Children::Child> key = level.keys.next();
      if (!key || key->type != EntryType::string) return Unavailable::type_unrendered;
      if (const Unavailable result = print_string(key->bytes); result != Unavailable::none) return result;
      out_ += ": ";
    }
    const std::optional<Children::Child> value = level.values.next();
    return value ? print_child(*value) : Unavailable::type_unrendered;
  }

  Unavailable print_child(const Children::Child& child) {
    switch (child.type) {
      case EntryType::string:
        return print_string(child.bytes);
      case EntryType::numeric:
        return print_number(aligned(child.bytes));
      case EntryType::bool_false:
        out_ += "false";
        return Unavailable::none;
      case EntryType::bool_true:
        out_ += "true";
        return Unavailable::none;
      case EntryType::null:
        out_ += "null";
        return Unavailable::none;
      case EntryType::container:
        if (open(aligned(child.bytes))) return Unavailable::none;
    }
    return Unavailable::type_unrendered;
  }

  Unavailable print_string(ByteSpan bytes) {
    text_.clear();
    const Unavailable result = renderer_.print_text(as_text(bytes), text_);
    out_ += '"';
    append_escaped(out_, text_);
    out_ += '"';
    return result;
  }

  /// A numeric with its header, of 4 bytes or of one.
  Unavailable print_number(ByteSpan stored) {
    constexpr Oid kNumeric = 1700;
    const std::size_t size = varlena_size(stored);
    return renderer_.print(kNumeric, {}, stored.first(size), out_);
  }

  /// Without the padding in front.
  ByteSpan aligned(ByteSpan child) const {
    const auto offset = static_cast<std::size_t>(child.data() - root_.data());
    const std::size_t padding = align_up(offset, 'i') - offset;
    return padding <= child.size() ? child.subspan(padding) : ByteSpan();
  }

  ValueRenderer& renderer_;
  ByteSpan root_;
  std::string& out_;
  std::string text_;
  std::vector<Level> levels_;
};

}  // namespace

Unavailable print_jsonb(ValueRenderer& renderer, ByteSpan content, std::string& out) {
  return JsonbPrinter(renderer, content, out).print();
}

}  // namespace walkit::values
