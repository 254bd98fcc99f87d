// What transaction records say, for whoever follows transactions rather than prints them.
#pragma once

#include <optional>

#include "walreader/record.h"

namespace walkit {

inline constexpr std::uint8_t kTransactionRmgrId = 1;

/// Three OIDs: tablespace, database, relation.
inline constexpr std::size_t kMarkRelationSize = 12;

/// A transaction committed, was rolled back, or was prepared to do either later.
struct TransactionMark {
  enum class Kind : std::uint8_t { commit, abort, prepare };
  Kind kind = Kind::commit;
  Xid xid = 0;  ///< of the prepared transaction where a later record ends it
  PgTime time;
  ByteSpan subxacts;  ///< its subtransactions, u32 each; borrowed from the record
  /// Files a commit or abort removes, kMarkRelationSize each: RelFileLocators; borrowed
  ByteSpan relations{};
  bool two_phase = false;  ///< it is being prepared, or was before
  Oid database = 0;        ///< 0 where the record does not say
  ByteSpan gid;            ///< of a prepared transaction, where the record says; without a NUL, borrowed
};

/// The mark a record sets; nullopt if it sets none or is malformed.
std::optional<TransactionMark> transaction_mark(const Record& record);

/// Subtransactions and their top-level transaction (record type ASSIGNMENT).
struct SubxactAssignment {
  Xid top_xid = 0;
  ByteSpan subxacts;  ///< u32 each; borrowed from the record
};

/// nullopt if the record is no ASSIGNMENT or is malformed.
std::optional<SubxactAssignment> subxact_assignment(const Record& record);

}  // namespace walkit
