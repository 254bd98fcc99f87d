// Values as the server prints them, with DateStyle ISO, IntervalStyle postgres, TimeZone UTC,
// extra_float_digits 1, bytea_output hex and lc_monetary C.
//
// What cannot be printed exactly so is not guessed: it is type_unrendered, with its bytes in hexadecimal.
// These are types of extensions, reg* types (their text depends on other catalogs and the search path),
// jsonpath, aclitem, and damaged values. Pure; one thread an object; borrows what it is made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "feed/event.h"
#include "feed/schema.h"
#include "feed/text_decoder.h"
#include "feed/tuple.h"
#include "feed/varlena.h"
#include "walreader/version.h"

namespace walkit {

namespace values {
struct BuiltinType;
}

class ValueRenderer {
 public:
  /// `types` and `decoder` are those of the value's database. `toast` may be nullptr.
  ValueRenderer(Major major, const TypeCatalog& types, const TextDecoder& decoder, ToastSource* toast)
      : major_(major), types_(types), decoder_(decoder), toast_(toast) {}

  /// Fills `value`, whose string is reused.
  void render(const Column& column, const Datum& datum, ColumnValue& value);

  /// Appends the value whose bytes lie in `stored` as in a tuple. Unless that returns Unavailable::none, what
  /// it appended is the value in hexadecimal, or nothing where the bytes are not known.
  Unavailable render(Oid type, const Storage& storage, ByteSpan stored, std::string& out);

  // For the printers of types, in feed/values/.

  /// As render(), but after a failure `out` holds anything.
  Unavailable print(Oid type, const Storage& storage, ByteSpan stored, std::string& out);
  /// Text of the database's encoding.
  Unavailable print_text(std::string_view text, std::string& out);
  Major major() const { return major_; }
  const TypeCatalog& types() const { return types_; }

 private:
  class Scratch;

  Unavailable print_builtin(const values::BuiltinType& type, ByteSpan stored, std::string& out);
  Unavailable print_by_kind(Oid type, const Storage& storage, ByteSpan stored, std::string& out);

  Major major_;
  const TypeCatalog& types_;
  const TextDecoder& decoder_;
  ToastSource* toast_;
  int depth_ = 0;                       ///< of types within types
  std::vector<DetoastBuffers> unused_;  ///< as many as depths were in use at once
};

}  // namespace walkit
