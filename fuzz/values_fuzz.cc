// Values of every type with any contents: text in UTF-8, or marked and in hexadecimal. The input is the
// type's OID in four bytes, then the value as it lies in a tuple.
#include <memory>

#include "feed/value_renderer.h"
#include "fuzz/require.h"
#include "tests/feed/values_dump_support.h"
#include "tests/support/fixtures.h"
#include "walreader/bytes.h"

namespace walkit::fuzz {
namespace {

void check(ByteSpan input) {
  static test::Dump dump = test::parse_dump(test::read_fixture("values/pg18.txt"));
  if (input.size() < sizeof(Oid)) return;
  const TypeInfo* const type = dump.types.type(load_le<Oid>(input.data()));
  if (!type) return;
  // Memory of its own, which ends where the value does.
  const ByteSpan value = input.subspan(sizeof(Oid));
  const auto memory = std::make_unique_for_overwrite<std::byte[]>(value.size());
  std::ranges::copy(value, memory.get());

  const Utf8Decoder decoder;
  ValueRenderer renderer(dump.major, dump.types, decoder, &dump.toast);
  std::string text;
  const Unavailable result = renderer.render(type->oid, type->storage, {memory.get(), value.size()}, text);
  require(is_utf8(text), "text is UTF-8");
  require(result == Unavailable::none || text.find_first_not_of("0123456789abcdef") == std::string::npos,
          "what is not rendered is in hexadecimal");
}

}  // namespace
}  // namespace walkit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLargest = std::size_t{1} << 16;
  if (size > kLargest) return 0;
  walkit::fuzz::check(std::as_bytes(std::span(data, size)));
  return 0;
}
