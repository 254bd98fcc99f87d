// Records as pg_waldump prints them.
#pragma once

#include "walreader/field_sink.h"
#include "walreader/local_time.h"
#include "walreader/record.h"
#include "walreader/relation_names.h"
#include "walreader/text_buffer.h"

namespace walkit {

/// Prints fields as pg_waldump's descriptions do, and names behind relations if there are some. Borrows all
/// it is given; one thread at a time.
class TextSink final : public FieldSink {
 public:
  TextSink(TextBuffer& out, LocalTime& zone, const WalFormat& format, RelationNames* names = nullptr)
      : out_(out), zone_(zone), format_(format), names_(names) {}

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

 private:
  TextBuffer& out_;
  LocalTime& zone_;
  const WalFormat& format_;
  RelationNames* names_;
};

/// Appends " (shop: public.item)", or nothing where there is no name.
void append_relation_name(TextBuffer& out, const RelFileLocator& relation, RelationNames* names);

/// Appends the file of a relation's fork, relative to the data directory (common/relpath.c).
void append_relation_path(TextBuffer& out, RelFileLocator relation, Fork fork, const WalFormat& format);

/// Appends a moment as pg_waldump prints it (pg_waldump/compat.c).
void append_time(TextBuffer& out, PgTime time, LocalTime& zone);

/// main, fsm, vm, init, or ? for a number no fork has.
std::string_view fork_name(Fork fork);

/// pglz, lz4, zstd; empty for none.
std::string_view compression_name(Compression compression);

enum class BlockDetails : bool { brief, full };

/// Appends pg_waldump's line of a record; with full block details (--bkp-details) one more for each block.
/// With `names`, relations have theirs behind them.
void append_record(TextBuffer& out, const Record& record, BlockDetails details, LocalTime& zone,
                   RelationNames* names = nullptr);

}  // namespace walkit
