// Events as lines of JSON: what the three formats share.
//
// docs/feed.md describes the members. Lines gather in a buffer and are handed on in large pieces, or one by
// one where somebody asks for that; flush() hands on what is left.
#pragma once

#include <memory>
#include <unordered_map>

#include "feed/event.h"
#include "walreader/text_buffer.h"

namespace walkit {

/// Where lines go. Errors are one line.
class LineSink {
 public:
  virtual ~LineSink() = default;
  /// Some whole lines. Where `complete` is valid, the first `complete_bytes` of them end what committed
  /// before it, and all of that was delivered.
  virtual std::expected<void, std::string> write(std::string_view lines, std::size_t complete_bytes,
                                                 Lsn complete) = 0;
};

enum class FeedFormat : std::uint8_t { walkit, wal2json, debezium };

/// How JSON holds a column's values.
enum class ValueShape : std::uint8_t { string, number, numeric, boolean, bytea };

/// What is the same in all events of a relation: made once.
struct RelationText {
  struct ColumnText {
    std::string name;  ///< as a JSON string
    ValueShape shape = ValueShape::string;
    bool key = false;       ///< of the primary key, or of the replica identity's index if there is none
    bool identity = false;  ///< of the replica identity
  };
  SchemaRef schema;  ///< what it was made of
  std::vector<ColumnText> columns;
  bool has_key = false;
  bool has_identity = false;
  std::string place;  ///< `,"schema":"..","table":".."`
};

/// `,` between members or items, but not before the first.
class Commas {
 public:
  void next(TextBuffer& out) {
    if (!first_) out.append(',');
    first_ = false;
  }

 private:
  bool first_ = true;
};

/// Shared by the formats. Borrows the sink; one thread at a time.
class LineFormat : public EventSink {
 public:
  explicit LineFormat(LineSink& sink) : sink_(sink) {}

  /// From now on each line goes to the sink by itself, as soon as it is whole.
  void hand_on_single_lines() { flush_bytes_ = 0; }

  /// The key of a row as an object of JSON, its values as they are in events; false, and nothing is appended,
  /// if the relation has none or a part of it is not known.
  bool append_key(TextBuffer& out, const SchemaRef& schema, const RowValues& row);

  std::expected<void, std::string> flush() override;
  std::expected<void, std::string> finish() override { return flush(); }

 protected:
  /// A line is whole.
  std::expected<void, std::string> end_line();
  /// So is the last of what committed before `complete`, its newline included.
  std::expected<void, std::string> end_events(Lsn complete);

  const RelationText& text_of(const SchemaRef& schema);

  /// What stands for a gap in formats that have no event for it: a message outside of transactions, which who
  /// does not know its prefix passes over.
  static Change gap_message(Lsn from, Lsn to, std::string_view reason);

  TextBuffer out_;

 private:
  virtual void append_key_value(TextBuffer& out, const Column& column, ValueShape shape,
                                const ColumnValue& value) const = 0;

  LineSink& sink_;
  std::size_t flush_bytes_ = std::size_t{64} << 10;
  std::size_t complete_bytes_ = 0;  // of out_
  Lsn complete_;                    // zero: nothing ended in out_
  std::unordered_map<const RelationSchema*, RelationText> relations_;
  const RelationText* last_relation_ = nullptr;
};

std::unique_ptr<LineFormat> make_walkit_format(LineSink& sink);
std::unique_ptr<LineFormat> make_wal2json_format(LineSink& sink);
std::unique_ptr<LineFormat> make_debezium_format(LineSink& sink);
std::unique_ptr<LineFormat> make_line_format(FeedFormat format, LineSink& sink);

}  // namespace walkit
