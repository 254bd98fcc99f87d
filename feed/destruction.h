// Records that destroy at replay, before the transaction they belong to commits: DROP DATABASE and DROP
// TABLESPACE remove directories at once. Whoever wants to recover to just before them must stop at these.
//
// PostgreSQL: commands/dbcommands.c (dropdb), commands/tablespace.c.
#pragma once

#include <optional>
#include <unordered_map>

#include "walreader/record.h"

namespace walkit {

struct Destruction {
  bool tablespace = false;  ///< a tablespace, else a database
  Oid oid = 0;
  Lsn start;  ///< of the first record that must not be replayed
};

/// Give it every record. One thread at a time.
class DestructionFinder {
 public:
  /// What the record destroys. A database that is moved to another tablespace leaves the same record, in a
  /// transaction that deletes no row of pg_database.
  std::optional<Destruction> apply(const Record& record);

 private:
  void follow_in_place(const Record& record);
  Destruction database(Oid oid, Lsn lsn);

  // Since minors of August 2023, dropdb() marks a database as invalid before it removes it, by an update in
  // place, which is final: recovered to a point between the two, nobody could connect to the database.
  std::unordered_map<Oid, Lsn> marked_;
};

}  // namespace walkit
