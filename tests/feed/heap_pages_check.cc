// heap_pages_check DATA_DIRECTORY [FRAMES]: replays all WAL in pg_wal onto pages of tables and compares these
// with the files of the stopped server, item by item. Hints that the server sets without WAL are left out, as
// wal_consistency_checking does (heapam.c, heap_mask). Exits with 1 if anything differs, or if a row's old
// version was not known after the first checkpoint.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <fstream>
#include <map>

#include "feed/heap_decoder.h"
#include "feed/tuple_header.h"
#include "segments/directory_source.h"
#include "segments/page_probe.h"
#include "segments/record_stream.h"
#include "tests/support/memory_spill_store.h"
#include "walreader/rmgr/xlog.h"

namespace walkit {
namespace {

[[noreturn]] void die(const std::string& why) {
  fmt::print(stderr, "heap_pages_check: {}\n", why);
  std::exit(1);
}

/// How many of an operation's tuples were known, before and after the first redo point.
struct Known {
  std::uint64_t all = 0, unknown_before = 0, unknown_after = 0;
  void count(const TupleImage& tuple, bool after_redo_point) {
    ++all;
    if (!tuple.known()) ++(after_redo_point ? unknown_after : unknown_before);
  }
};

struct Replayed {
  std::map<std::string, Known> tuples;
  std::uint64_t bytes = 0, changes = 0;
  double seconds = 0;
};

void count(Replayed& result, const HeapChange& change, bool after_redo_point) {
  ++result.changes;
  switch (change.operation) {
    case HeapOperation::insert:
      return result.tuples["insert"].count(change.new_tuple, after_redo_point);
    case HeapOperation::update:
      result.tuples["update, new"].count(change.new_tuple, after_redo_point);
      return result.tuples["update, old"].count(change.old_tuple, after_redo_point);
    case HeapOperation::remove:
      return result.tuples["delete"].count(change.old_tuple, after_redo_point);
    case HeapOperation::change_in_place:
      return result.tuples["in place"].count(change.new_tuple, after_redo_point);
    case HeapOperation::confirm_speculative:
    case HeapOperation::cancel_speculative:
      return;
  }
}

Replayed replay(const std::string& directory, HeapDecoder& decoder) {
  const auto entries = SegmentDirectory(directory).list();
  if (!entries || entries->empty()) die("no WAL in " + directory);
  const DirectoryEntry& first = entries->front();
  const auto file = SegmentFile::open(first.path);
  if (!file) die("cannot open " + first.path);
  const auto probe = probe_file(**file);
  if (!probe || probe->verdict != ProbeVerdict::wal) die("not WAL: " + first.path);
  DirectorySource source(SegmentDirectory(directory), TimelineId{1}, probe->geometry());
  RecordStream stream(source, *probe->format, Lsn{});
  stream.find(probe->page.address);

  Replayed result;
  bool after_redo_point = false;
  const auto begin = std::chrono::steady_clock::now();
  while (stream.next() == StreamStatus::record) {
    const Record& record = stream.record();
    result.bytes += record.total_length();
    if (read_checkpoint(record)) after_redo_point = true;
    const auto changes = decoder.apply(record);
    if (!changes) die(changes.error());
    for (const HeapChange& change : *changes) count(result, change, after_redo_point);
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

std::string path_of(const std::string& data, const RelFileLocator& relation, BlockNumber block) {
  constexpr Oid kDefaultTablespace = 1663;
  constexpr BlockNumber kBlocksPerFile = 131072;
  if (relation.tablespace != kDefaultTablespace && relation.database != 0) return "";
  std::string path = relation.database == 0
                         ? fmt::format("{}/global/{}", data, relation.relation)
                         : fmt::format("{}/base/{}/{}", data, relation.database, relation.relation);
  if (block >= kBlocksPerFile) path += fmt::format(".{}", block / kBlocksPerFile);
  return path;
}

bool read_page(const std::string& data, const PageKey& key, PageBytes out) {
  constexpr BlockNumber kBlocksPerFile = 131072;
  std::ifstream in(path_of(data, key.relation, key.block), std::ios::binary);
  in.seekg(std::streamoff{key.block % kBlocksPerFile} * kRelationBlockSize);
  in.read(reinterpret_cast<char*>(out.data()), kRelationBlockSize);
  return in.gcount() == kRelationBlockSize;
}

std::uint16_t without_trailing_unused(const HeapPage& page) {
  std::uint16_t count = page.item_count();
  while (count > 0 && page.item(count).state == ItemState::unused) --count;
  return count;
}

/// What WAL does not say made equal: command ids, hints, the token of a speculative insertion.
std::vector<std::byte> masked(ByteSpan tuple, TupleId place) {
  constexpr std::uint16_t kSpeculativeToken = 0xFFFE;
  std::vector<std::byte> bytes(tuple.begin(), tuple.end());
  TupleHeader header(bytes.data());
  const std::uint16_t bits = header.infomask();
  const bool frozen = (bits & infomask::kXminFrozen) == infomask::kXminFrozen;
  header.clear_command_id();
  header.set_infomask(
      (header.infomask() & ~(infomask::kXminFrozen | infomask::kXmaxCommitted | infomask::kXmaxInvalid)) |
      (frozen ? infomask::kXminFrozen : 0));
  if (load_le<std::uint16_t>(bytes.data() + 16) == kSpeculativeToken) header.set_ctid(place);
  return bytes;
}

std::string hex(ByteSpan bytes) {
  std::string text;
  for (const std::byte byte : bytes.first(std::min<std::size_t>(bytes.size(), 48)))
    text += fmt::format("{:02x}", std::to_integer<int>(byte));
  return text;
}

struct Compared {
  std::uint64_t pages = 0, tuples = 0, different = 0, missing = 0;
};

/// The first difference between two pages; empty if there is none.
std::string difference(const HeapPage& ours, const HeapPage& theirs, BlockNumber block,
                       std::uint64_t& tuples) {
  const std::uint16_t count = without_trailing_unused(theirs);
  if (without_trailing_unused(ours) != count)
    return fmt::format("{} items instead of {}", without_trailing_unused(ours), count);
  for (std::uint16_t i = 1; i <= count; ++i) {
    const ItemId a = ours.item(i), b = theirs.item(i);
    if (a.state != b.state || a.length != b.length) return fmt::format("line pointer {}", i);
    if (a.state == ItemState::redirect && a.offset != b.offset) return fmt::format("redirection {}", i);
    if (a.state != ItemState::normal) continue;
    ++tuples;
    const auto mine = masked(ours.tuple(i), {block, i}), wanted = masked(theirs.tuple(i), {block, i});
    if (mine != wanted) return fmt::format("tuple {}: {} instead of {}", i, hex(mine), hex(wanted));
  }
  return "";
}

Compared compare(const std::string& data, PageTable& pages) {
  Compared result;
  std::vector<PageKey> known;
  pages.for_each_known([&](const PageKey& key) { known.push_back(key); });
  std::vector<std::byte> buffer(kRelationBlockSize);
  const PageBytes bytes(buffer.data(), kRelationBlockSize);
  for (const PageKey& key : known) {
    pages.begin_record();
    const auto ours = pages.find(key, Lsn{});
    if (!ours) die("a known page cannot be read");
    const auto& [tablespace, database, relation] = key.relation;
    const std::string name = fmt::format("{}/{}/{} block {}", tablespace, database, relation, key.block);
    ++result.pages;
    const HeapPage theirs(bytes);
    std::string why;
    if (!read_page(data, key, bytes) || !theirs.is_heap()) {
      ++result.missing;
      why = "is not in the file";
    } else {
      why = difference(*ours, theirs, key.block, result.tuples);
      result.different += !why.empty();
    }
    if (!why.empty() && result.different + result.missing < 20) fmt::print("{}: {}\n", name, why);
  }
  return result;
}

int run(const std::string& data, std::size_t frames) {
  test::MemorySpillStore store;
  PageTable pages(store, nullptr, frames);
  HeapDecoder decoder(pages);
  const Replayed replayed = replay(data + "/pg_wal", decoder);
  const double mb = static_cast<double>(replayed.bytes) / 1e6;
  std::uint64_t unknown = 0;
  for (const auto& [name, known] : replayed.tuples) {
    fmt::print("{}: {} tuples, unknown {} before and {} after the first checkpoint\n", name, known.all,
               known.unknown_before, known.unknown_after);
    unknown += known.unknown_after;
  }
  fmt::print("{:.1f} MB in {:.2f} s: {:.0f} MB/s, {:.0f} changes/s; {} pages moved out\n", mb,
             replayed.seconds, mb / replayed.seconds,
             static_cast<double>(replayed.changes) / replayed.seconds, store.writes);
  const Compared compared = compare(data, pages);
  fmt::print("{} pages, {} tuples compared: {} pages different, {} not in their files\n", compared.pages,
             compared.tuples, compared.different, compared.missing);
  const bool enough = compared.pages > 0 && replayed.changes > 0;
  return enough && compared.different == 0 && compared.missing == 0 && unknown == 0 ? 0 : 1;
}

}  // namespace
}  // namespace walkit

int main(int argc, char** argv) {
  if (argc < 2) walkit::die("usage: heap_pages_check DATA_DIRECTORY [FRAMES]");
  return walkit::run(argv[1], argc > 2 ? std::stoul(argv[2]) : walkit::PageTable::kDefaultFrames);
}
