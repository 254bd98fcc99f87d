// Records as JSON: one object a record, on one line. docs/json.md describes the members.
#pragma once

#include <string>

#include "walreader/field_sink.h"
#include "walreader/record.h"
#include "walreader/relation_names.h"
#include "walreader/text_buffer.h"

namespace walkit {

/// Writes fields as members of the object (or items of the array) begun last. Numbers are numbers, LSNs
/// strings as PostgreSQL prints them, times ISO 8601 in UTC, paths and relations objects, with their names if
/// there are some. Borrows all it is given.
class JsonSink final : public FieldSink {
 public:
  JsonSink(TextBuffer& out, const WalFormat& format, RelationNames* names = nullptr)
      : out_(out), format_(format), names_(names) {}

  void text(std::string_view literal) override;
  void uint(std::string_view lead, std::string_view key, std::uint64_t value) override;
  void sint(std::string_view lead, std::string_view key, std::int64_t value) override;
  void hex(std::string_view lead, std::string_view key, std::uint64_t value, int digits) override;
  void real(std::string_view lead, std::string_view key, double value) override;
  void real_fixed(std::string_view lead, std::string_view key, double value) override;
  void boolean(std::string_view lead, std::string_view key, bool value, std::string_view yes,
               std::string_view no) override;
  void word(std::string_view lead, std::string_view key, std::string_view value) override;
  void string(std::string_view lead, std::string_view key, ByteSpan value) override;
  void octets(std::string_view lead, std::string_view key, ByteSpan value) override;
  void lsn(std::string_view lead, std::string_view key, Lsn value) override;
  void time(std::string_view lead, std::string_view key, PgTime value) override;
  void full_xid(std::string_view lead, std::string_view key, std::uint64_t value) override;
  void relation(std::string_view lead, std::string_view key, RelFileLocator value) override;
  void path(std::string_view lead, std::string_view key, RelFileLocator value, Fork fork) override;
  void begin_array(std::string_view lead, std::string_view key) override;
  void end_array(std::string_view tail) override;
  void begin_object(std::string_view lead, std::string_view key) override;
  void end_object(std::string_view tail) override;

  /// Members that pg_waldump's text has no lead for.
  void uint(std::string_view key, std::uint64_t value) { uint({}, key, value); }
  void word(std::string_view key, std::string_view value) { word({}, key, value); }
  void boolean(std::string_view key, bool value) { boolean({}, key, value, {}, {}); }
  void lsn(std::string_view key, Lsn value) { lsn({}, key, value); }
  void null(std::string_view key);
  void text_or_null(std::string_view key, std::string_view value);  ///< null if it is empty
  void begin_array(std::string_view key) { begin_array({}, key); }
  void end_array() { end_array({}); }
  void begin_object(std::string_view key) { begin_object({}, key); }
  void end_object() { end_object({}); }
  /// The members tablespace, database and relation, and the member name if there are names: an object or
  /// null.
  void relation_members(const RelFileLocator& value);

  /// How many objects and arrays are open, and closing those above `depth`: a malformed record's description
  /// may stop anywhere.
  std::size_t depth() const { return open_.size(); }
  void close_to(std::size_t depth);

 private:
  void name(std::string_view key);
  void begin(std::string_view key, char open, char close);
  void end();

  TextBuffer& out_;
  const WalFormat& format_;
  RelationNames* names_;
  std::string open_;    // the closing brackets still owed, innermost last
  bool comma_ = false;  // the next member or item is not the first
};

/// Appends `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD; returns false if there were any.
bool append_json_string(TextBuffer& out, ByteSpan text);

/// Appends a moment as a JSON string, ISO 8601 in UTC. One outside the years 1 to 9999, which no clock shows
/// but damaged WAL may, becomes its number of microseconds.
void append_json_time(TextBuffer& out, PgTime value);

/// Appends the object of a record and a newline.
void append_record_json(TextBuffer& out, const Record& record, RelationNames* names = nullptr);

}  // namespace walkit
