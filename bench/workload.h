// WAL as an OLTP database writes it, made by hand so that every run measures the same bytes.
#pragma once

#include <vector>

#include "tests/support/wal_builder.h"

namespace walkit::bench {

/// A record that lies in one piece.
struct Place {
  ByteSpan bytes;
  Lsn lsn;
  Lsn end;
};

/// The records of pgbench's transaction in the proportions they have in real WAL. `images_of_100`: how many
/// of a hundred changed blocks come with a full-page image; right after a checkpoint nearly all do.
class Workload {
 public:
  Workload(int transactions, int images_of_100);

  const test::WalBuilder& wal() const { return wal_; }
  std::size_t records() const { return records_; }
  /// Those that do not cross a page.
  std::vector<Place> whole_records() const;

 private:
  void add_change(std::uint8_t info, std::uint32_t relation, test::Bytes main_data, std::size_t block_data);
  void add_commit();

  test::WalBuilder wal_{{.major = Major::pg15}};
  const int images_of_100_;
  std::size_t records_ = 0;
  Xid xid_ = 74'511;
};

}  // namespace walkit::bench
