// Resource managers as tables: one file each, every supported major in it, one row for each record type and
// span of majors. Adding a major means closing the rows that changed and opening new ones; CONTRIBUTING.md
// walks through it.
#pragma once

#include <span>
#include <string_view>

#include "walreader/field_sink.h"
#include "walreader/record.h"
#include "walreader/version.h"

namespace walkit {

/// How a fixed-offset field of the main data is read and printed.
// clang-format off
enum class FieldType : std::uint8_t {
  u8, u16, u32, u64,      // %u
  i8, i16, i32, i64,      // %d
  hex8,                   // %02X of one byte
  yes_no,                 // one byte as T or F
  true_false,             // one byte as true or false
  on_off,                 // one byte as on or off
  one_zero,               // one byte as 1 or 0
  flag,                   // one byte: text prints only the lead, and only if it is not zero
  real,                   // f64 as %g
  lsn, time, relation,    // 8, 8 and 12 bytes
  full_xid,               // u64 as epoch:xid
  wal_level,              // i32 as the name of wal_level
};
// clang-format on

/// A field at a fixed place of the main data.
struct Field {
  std::string_view lead;  ///< what pg_waldump prints before it
  std::string_view key;   ///< its name in JSON
  FieldType type;
  std::uint8_t offset;  ///< in the main data, bytes
};

/// Describes a record whose layout varies. Returns false if the main or block data is too short or
/// contradicts itself; what was written to the sink until then stays.
using DescribeFn = bool (*)(const Record&, FieldSink&);

/// How a record type is described: a table of fields, a function, or nothing at all (empty description).
class Describe {
 public:
  constexpr Describe() = default;
  constexpr Describe(DescribeFn function) : function_(function) {}
  template <std::size_t N>
  constexpr Describe(const Field (&fields)[N]) : fields_(fields, N) {}

  bool operator()(const Record& record, FieldSink& sink) const;

 private:
  std::span<const Field> fields_;
  DescribeFn function_ = nullptr;
};

/// A record type in a span of majors, both ends included.
struct RecordType {
  std::uint8_t opcode;  ///< of xl_info, as masked by the rmgr's name_mask
  Major since;
  Major until;
  std::string_view name;  ///< what pg_waldump prints after "desc: "; empty: UNKNOWN, though it is described
  Describe describe;
};

/// A resource manager. Rows have static storage.
struct Rmgr {
  std::uint8_t id;
  std::string_view name;
  std::uint8_t name_mask;      ///< bits of xl_info that pg_waldump compares to name a record
  std::uint8_t describe_mask;  ///< bits of xl_info that pg_waldump compares to describe it
  std::span<const RecordType> types;
};

/// No two rows of one opcode may hold in the same major; every table asserts it when compiled.
template <std::size_t N>
consteval bool disjoint(const RecordType (&types)[N]) {
  for (std::size_t i = 0; i < N; ++i)
    for (std::size_t j = i + 1; j < N; ++j)
      if (types[i].opcode == types[j].opcode && types[i].since <= types[j].until &&
          types[j].since <= types[i].until)
        return false;
  return true;
}

inline constexpr int kBuiltinRmgrCount = 22;
inline constexpr int kFirstCustomRmgr = 128;

/// The built-in resource managers in the order of their ids (access/rmgrlist.h).
std::span<const Rmgr* const> builtin_rmgrs();

/// "Heap", "custom200"; for ids that no major knows, "???".
std::string_view rmgr_name(std::uint8_t rmid);

/// The name pg_waldump prints for a record; empty if it prints UNKNOWN.
std::string_view record_name(Major major, std::uint8_t rmid, std::uint8_t info);

/// Writes the description of `record` to `sink`. False: the record's data is malformed.
bool describe(const Record& record, FieldSink& sink);

}  // namespace walkit
