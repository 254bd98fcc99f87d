// Where a record's description goes. One description serves every output: the text sink prints what
// pg_waldump prints, the JSON sink writes typed members, a consumer's own sink may collect values.
#pragma once

#include <string_view>

#include "walreader/types.h"

namespace walkit {

/// Receives the fields of one record in pg_waldump's order.
///
/// Every value comes with a `lead`, the literal that pg_waldump prints before it, and a `key`, its name in
/// JSON (snake_case; empty for items of an array). A text sink ignores keys, any other sink ignores leads and
/// text(). Leads are the version-dependent part of the text: `"off "` until 15, `"off: "` from 16 on.
class FieldSink {
 public:
  virtual ~FieldSink() = default;

  /// Literal text that carries no value of its own.
  virtual void text(std::string_view literal) = 0;

  virtual void uint(std::string_view lead, std::string_view key, std::uint64_t value) = 0;  ///< %u
  virtual void sint(std::string_view lead, std::string_view key, std::int64_t value) = 0;   ///< %d
  /// Upper-case hexadecimal of at least `digits` digits; `lead` brings the 0x if there is one. A number in
  /// JSON.
  virtual void hex(std::string_view lead, std::string_view key, std::uint64_t value, int digits) = 0;
  virtual void real(std::string_view lead, std::string_view key, double value) = 0;        ///< %g
  virtual void real_fixed(std::string_view lead, std::string_view key, double value) = 0;  ///< %f

  /// Text prints `yes` or `no` after the lead (either may be empty); JSON true or false.
  virtual void boolean(std::string_view lead, std::string_view key, bool value, std::string_view yes,
                       std::string_view no) = 0;
  /// A name out of a fixed set, ASCII.
  virtual void word(std::string_view lead, std::string_view key, std::string_view value) = 0;
  /// A string out of the record: bytes in any encoding, without a terminating NUL.
  virtual void string(std::string_view lead, std::string_view key, ByteSpan value) = 0;
  /// Bytes: `%02X` separated by single spaces; a string of hexadecimal digits in JSON.
  virtual void octets(std::string_view lead, std::string_view key, ByteSpan value) = 0;

  virtual void lsn(std::string_view lead, std::string_view key, Lsn value) = 0;  ///< %X/%X
  virtual void time(std::string_view lead, std::string_view key, PgTime value) = 0;
  /// A 64-bit transaction id, printed epoch:xid.
  virtual void full_xid(std::string_view lead, std::string_view key, std::uint64_t value) = 0;
  virtual void relation(std::string_view lead, std::string_view key, RelFileLocator value) = 0;  ///< %u/%u/%u
  /// The file of a relation's fork, relative to the data directory.
  virtual void path(std::string_view lead, std::string_view key, RelFileLocator value, Fork fork) = 0;

  /// Fields until the matching end belong to an array (their keys are empty) or to an object.
  virtual void begin_array(std::string_view lead, std::string_view key) = 0;
  virtual void end_array(std::string_view tail) = 0;
  virtual void begin_object(std::string_view lead, std::string_view key) = 0;
  virtual void end_object(std::string_view tail) = 0;
};

}  // namespace walkit
