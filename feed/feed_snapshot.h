// A snapshot of the feed: what a FeedDecoder knows between two records, so that another one goes on from
// there and gives the same events as if it had read everything itself.
//
// It holds the catalogs with the pages they lie on, the transactions that have not ended with their changes,
// and where large values lie, with the pages of these. Pages of tables are left out, as what changes one
// after a checkpoint brings the whole of it: whoever goes on reads WAL from the redo point of the last
// checkpoint before the snapshot, and follows only pages up to the snapshot's position. So its size depends
// on the catalogs and on what is running, not on how much was read. In this order:
//
//   SnapshotHeader, Catalog, pages of catalogs, then what FeedDecoder::save() adds
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "feed/catalog.h"
#include "feed/page_table.h"
#include "feed/snapshot_io.h"
#include "walreader/record.h"

namespace walkit {

/// What tells a record from those that another history of the server has at its place.
struct RecordPlace {
  Lsn lsn, prev;
  TimelineId timeline;
  std::uint32_t length = 0;
  Xid xid = 0;
  std::uint8_t rmid = 0, info = 0;

  RecordPlace() = default;
  explicit RecordPlace(const Record& record)
      : lsn(record.lsn()),
        prev(record.prev()),
        timeline(record.timeline()),
        length(record.total_length()),
        xid(record.xid()),
        rmid(record.rmid()),
        info(record.info()) {}
  bool operator==(const RecordPlace&) const = default;

  template <class Io, class Self>
  static void transfer(Io& io, Self& self) {
    io(self.lsn, self.prev, self.timeline, self.length, self.xid, self.rmid, self.info);
  }
};

/// A value.
struct SnapshotHeader {
  std::uint64_t system_identifier = 0;
  Major major{};
  Lsn delivered;   ///< what had committed before it was in the sink, durably
  Lsn base_start;  ///< where the data directory began whose pages were at hand; zero: there was none
  Lsn redo;        ///< WAL is read again from here
  TimelineId redo_timeline;
  Lsn position;      ///< where the next record begins, or the padding before it
  RecordPlace last;  ///< the record before

  template <class Io, class Self>
  static void transfer(Io& io, Self& self) {
    io(self.system_identifier, self.major, self.delivered, self.base_start, self.redo, self.redo_timeline,
       self.position, self.last);
  }
};

std::expected<SnapshotHeader, std::string> read_snapshot_header(SnapshotReader& in);

/// The catalogs as of header.position, and their pages into `pages`.
std::expected<std::unique_ptr<Catalog>, std::string> read_snapshot_catalog(SnapshotReader& in,
                                                                           const SnapshotHeader& header,
                                                                           PageTable& pages);

}  // namespace walkit
