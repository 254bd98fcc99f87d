#include "feed/value_renderer.h"

#include <utility>

#include "feed/values/append.h"
#include "feed/values/builtin_types.h"

namespace walkit {
namespace {

constexpr int kMaxDepth = 64;  // no type of a server contains itself, but a damaged catalog could say so
constexpr std::size_t kLargestText = (std::size_t{1} << 30) - 1;  // MaxAllocSize: no server prints more
constexpr std::size_t kLargestBufferKept = std::size_t{1} << 20;

}  // namespace

/// Buffers for one value, lent by the renderer.
class ValueRenderer::Scratch {
 public:
  explicit Scratch(ValueRenderer& renderer) : renderer_(renderer) {
    if (renderer_.unused_.empty()) return;
    buffers_ = std::move(renderer_.unused_.back());
    renderer_.unused_.pop_back();
  }
  ~Scratch() {
    const std::size_t size = buffers_.chunks.capacity() + buffers_.value.capacity();
    if (size > 0 && size <= kLargestBufferKept) renderer_.unused_.push_back(std::move(buffers_));
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// What `stored` holds: for a varlena the content, else all of it.
  std::expected<ByteSpan, Unavailable> content(const Storage& storage, ByteSpan stored) {
    if (storage.length != -1) return stored;
    return detoast(stored, renderer_.toast_, buffers_);
  }

 private:
  ValueRenderer& renderer_;
  DetoastBuffers buffers_;
};

void ValueRenderer::render(const Column& column, const Datum& datum, ColumnValue& value) {
  value.null = datum.null;
  value.unavailable = Unavailable::none;
  value.text.clear();
  if (!datum.null) value.unavailable = render(column.type, column.storage, datum.bytes, value.text);
}

Unavailable ValueRenderer::render(Oid type, const Storage& storage, ByteSpan stored, std::string& out) {
  const std::size_t start = out.size();
  const Unavailable result = print(type, storage, stored, out);
  if (result == Unavailable::none) return result;
  out.resize(start);
  if (result != Unavailable::type_unrendered && result != Unavailable::encoding) return result;
  Scratch scratch(*this);
  values::append_hex(out, scratch.content(storage, stored).value_or(stored));
  return result;
}

Unavailable ValueRenderer::print(Oid type, const Storage& storage, ByteSpan stored, std::string& out) {
  // A few bytes of a numeric may be 131072 digits, and an array may have many of those.
  if (out.size() > kLargestText || depth_ == kMaxDepth) return Unavailable::type_unrendered;
  if (const values::BuiltinType* const builtin = values::find_builtin(type))
    return print_builtin(*builtin, stored, out);
  ++depth_;
  const Unavailable result = print_by_kind(type, storage, stored, out);
  --depth_;
  return result;
}

Unavailable ValueRenderer::print_builtin(const values::BuiltinType& type, ByteSpan stored, std::string& out) {
  if (type.length > 0) {
    const bool whole = stored.size() == static_cast<std::size_t>(type.length);
    return whole ? type.print(*this, stored, out) : Unavailable::type_unrendered;
  }
  Scratch scratch(*this);
  const std::expected<ByteSpan, Unavailable> content = scratch.content({.length = type.length}, stored);
  return content ? type.print(*this, *content, out) : content.error();
}

Unavailable ValueRenderer::print_by_kind(Oid type, const Storage& storage, ByteSpan stored,
                                         std::string& out) {
  const TypeInfo* const info = types_.type(type);
  if (!info) return Unavailable::type_unrendered;
  if (info->kind == TypeKind::domain) return print(info->base, storage, stored, out);
  Scratch scratch(*this);
  const std::expected<ByteSpan, Unavailable> content = scratch.content(storage, stored);
  if (!content) return content.error();
  switch (info->kind) {
    case TypeKind::enumeration:
      return values::print_enum(*this, *content, out);
    case TypeKind::composite:
      return values::print_composite(*this, *info, *content, out);
    case TypeKind::range:
      return values::print_range(*this, *info, *content, out);
    case TypeKind::multirange:
      return values::print_multirange(*this, *info, *content, out);
    case TypeKind::base:
      if (info->element != 0 && storage.length == -1) return values::print_array(*this, *content, out);
      return Unavailable::type_unrendered;
    case TypeKind::domain:
    case TypeKind::pseudo:
      return Unavailable::type_unrendered;
  }
  return Unavailable::type_unrendered;
}

Unavailable ValueRenderer::print_text(std::string_view text, std::string& out) {
  if (is_ascii(text)) {
    out += text;
    return Unavailable::none;
  }
  return decoder_.decode(text, out) ? Unavailable::none : Unavailable::encoding;
}

}  // namespace walkit
