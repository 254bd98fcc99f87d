#include "tests/support/read_all.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "walreader/crc32c.h"

namespace walkit::test {
namespace {

bool equal(const ReadError& a, const ReadError& b) {
  return a.fault == b.fault && a.at == b.at && a.other == b.other && a.found == b.found &&
         a.expected == b.expected && a.last_record == b.last_record && a.body.fault == b.body.fault &&
         a.body.a == b.body.a && a.body.b == b.body.b && a.body.c == b.body.c;
}

}  // namespace

RecordPrint print_of(const Record& record) {
  Crc32c crc;
  for (const BlockRef& block : record.blocks()) {
    const std::uint32_t fields[] = {block.id,
                                    static_cast<std::uint32_t>(block.fork),
                                    block.has_image,
                                    block.will_init,
                                    block.data_length,
                                    block.relation.tablespace,
                                    block.relation.database,
                                    block.relation.relation,
                                    block.block};
    crc.update(std::as_bytes(std::span(fields)));
    crc.update(record.block_data(block));
    crc.update(record.image(block));
  }
  crc.update(record.main_data());
  return {.lsn = record.lsn(),
          .end = record.end(),
          .prev = record.prev(),
          .timeline = record.timeline(),
          .total_length = record.total_length(),
          .xid = record.xid(),
          .info = record.info(),
          .rmid = record.rmid(),
          .blocks = record.blocks().size(),
          .contents_crc = crc.value()};
}

bool operator==(const ReadLog& a, const ReadLog& b) {
  return a.records == b.records && a.end == b.end && a.pending_record == b.pending_record &&
         equal(a.error, b.error);
}

std::string to_string(const ReadLog& log) {
  const Lsn last = log.records.empty() ? Lsn{} : log.records.back().lsn;
  return fmt::format(
      "{} records, the last at {}, then status {}, fault {} at {} (found {}, expected {}), pending {}",
      log.records.size(), walkit::to_string(last), static_cast<int>(log.end),
      static_cast<int>(log.error.fault), walkit::to_string(log.error.at), log.error.found, log.error.expected,
      walkit::to_string(log.pending_record));
}

ReadStatus drive(Reader& reader, const WalInMemory& wal, const NextChunkSize& next_size,
                 const RecordHandler& handle) {
  std::unique_ptr<std::byte[]> piece;
  for (;;) {
    const ReadStatus status = reader.next();
    if (status == ReadStatus::record) {
      handle(reader.record());
      continue;
    }
    if (status != ReadStatus::need_more) return status;
    const Lsn at = reader.wants();
    if (at < wal.start || at >= wal.end()) return status;
    ByteSpan bytes = wal.bytes.subspan(at - wal.start);
    if (next_size) bytes = bytes.first(std::min(bytes.size(), std::max<std::size_t>(1, next_size())));
    auto copy = std::make_unique_for_overwrite<std::byte[]>(bytes.size());
    std::ranges::copy(bytes, copy.get());
    reader.feed(at, {copy.get(), bytes.size()});
    piece = std::move(copy);
  }
}

ReadLog read_all(const WalInMemory& wal, const NextChunkSize& next_size) {
  Reader reader(wal.geometry, *wal.format);
  reader.find(wal.start);
  ReadLog log;
  log.end =
      drive(reader, wal, next_size, [&](const Record& record) { log.records.push_back(print_of(record)); });
  if (log.end != ReadStatus::need_more) log.error = reader.error();
  log.pending_record = reader.pending_record();
  return log;
}

NextChunkSize single_bytes() {
  return [] { return std::size_t{1}; };
}

NextChunkSize random_sizes(std::uint32_t seed, std::size_t largest) {
  return [random = std::minstd_rand(seed), largest]() mutable {
    // many small pieces, some large ones
    const std::size_t limit = random() % 3 == 0 ? largest : 64;
    return 1 + random() % limit;
  };
}

}  // namespace walkit::test
