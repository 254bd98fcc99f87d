// heap_pages_check DATA_DIRECTORY [FRAMES [SKIP [BASE]]]: replays WAL in pg_wal, all but the first SKIP
// segments, onto pages of tables and compares these with the files of the stopped server, item by item. Hints
// that the server sets without WAL are left out, as wal_consistency_checking does (heapam.c, heap_mask). BASE
// is a data directory as it was where the replay begins. Exits with 1 if anything differs, if a row's old
// version was not known after the first checkpoint (with BASE: ever), or is not what the server itself wrote
// down at wal_level=logical.
#include <fmt/format.h>

#include <ctime>
#include <fstream>

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

/// How many of a kind of tuples were known, before and after the first redo point, and where
/// full_page_writes=off hides them.
struct Known {
  std::uint64_t all = 0, unknown_before = 0, unknown_after = 0, hidden = 0;
  void count(const TupleImage& tuple, bool after_redo_point) {
    ++all;
    if (tuple.known()) return;
    if (tuple.gap == TupleGap::full_page_writes_off)
      ++hidden;
    else
      ++(after_redo_point ? unknown_after : unknown_before);
  }
};

struct Replayed {
  Known inserted, updated, superseded, removed, in_place;
  std::uint64_t bytes = 0, changes = 0, witnessed = 0, contradicted = 0;
  double seconds = 0;
};

void count(Replayed& result, const HeapChange& change, bool after_redo_point) {
  ++result.changes;
  switch (change.operation) {
    case HeapOperation::insert:
      return result.inserted.count(change.new_tuple, after_redo_point);
    case HeapOperation::update:
      result.updated.count(change.new_tuple, after_redo_point);
      return result.superseded.count(change.old_tuple, after_redo_point);
    case HeapOperation::remove:
      return result.removed.count(change.old_tuple, after_redo_point);
    case HeapOperation::change_in_place:
      return result.in_place.count(change.new_tuple, after_redo_point);
    case HeapOperation::confirm_speculative:
    case HeapOperation::cancel_speculative:
      return;
  }
}

/// Where REPLICA IDENTITY FULL makes the server log old rows, these are compared with what the page says: a
/// witness that knows nothing of pages. Values that lie elsewhere are in the record and not on the page.
void compare_with_witness(const Record& record, PageTable& pages, Replayed& result) {
  constexpr std::uint16_t kHasExternal = 0x0004;
  constexpr std::size_t kHotUpdate = 0x40, kUpdate = 0x20, kDelete = 0x10;
  if (record.rmid() != kHeapRmgrId) return;
  const int operation = record.info() & kHeapOperationMask;
  ByteSpan logged;
  std::uint16_t offset = 0;
  if (const auto deleted = read_xmax(record);
      operation == kDelete && deleted && deleted->flags & delete_flag::kHasOldTuple) {
    logged = deleted->old_tuple;
    offset = deleted->offset;
  } else if (const auto update = read_update(record); (operation == kUpdate || operation == kHotUpdate) &&
                                                      update && update->flags & update_flag::kHasOldTuple) {
    logged = update->old_tuple;
    offset = update->old_offset;
  }
  if (logged.size() < LoggedTupleHeader::kSize) return;
  const BlockRef* block = operation != kDelete && record.block(1) && record.block(1)->fork == Fork::main
                              ? record.block(1)
                              : record.block(0);
  const auto page = pages.find({block->relation, block->block}, record.lsn());
  const ByteSpan tuple = page ? ByteSpan(page->tuple(offset)) : ByteSpan{};
  if (tuple.empty() || load_le<std::uint16_t>(tuple.data() + 20) & kHasExternal) return;
  ++result.witnessed;
  result.contradicted +=
      !std::ranges::equal(tuple.subspan(kTupleHeaderSize), logged.subspan(LoggedTupleHeader::kSize));
}

Replayed replay(const std::string& directory, std::size_t skip, HeapDecoder& decoder, PageTable& pages) {
  const auto entries = SegmentDirectory(directory).list();
  if (!entries || entries->size() <= skip) die("not enough WAL in " + directory);
  const DirectoryEntry& first = (*entries)[skip];
  const auto file = SegmentFile::open(first.path);
  if (!file) die("cannot open " + first.path);
  const auto probe = probe_file(**file);
  if (!probe || probe->verdict != ProbeVerdict::wal) die("not WAL: " + first.path);
  DirectorySource source(SegmentDirectory(directory), TimelineId{1}, probe->geometry());
  RecordStream stream(source, *probe->format, Lsn{});
  stream.find(probe->page.address);

  Replayed result;
  bool after_redo_point = false;
  const std::clock_t begin = std::clock();
  while (stream.next() == StreamStatus::record) {
    const Record& record = stream.record();
    result.bytes += record.total_length();
    if (const auto checkpoint = read_checkpoint(record);
        checkpoint && checkpoint->redo >= probe->page.address)
      after_redo_point = true;
    const auto changes = decoder.apply(record);
    if (!changes) die(changes.error());
    for (const HeapChange& change : *changes) count(result, change, after_redo_point);
    compare_with_witness(record, pages, result);
  }
  result.seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
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

/// A data directory that nobody changes.
class DirectoryPages final : public BasePages {
 public:
  explicit DirectoryPages(std::string path) : path_(std::move(path)) {}
  std::expected<bool, std::string> read(const RelFileLocator& relation, BlockNumber block,
                                        PageBytes out) override {
    return read_page(path_, {relation, block}, out);
  }

 private:
  std::string path_;
};

struct Arguments {
  std::string data;
  std::size_t frames = PageTable::kDefaultFrames;
  std::size_t skip = 0;
  std::string base;
};

int run(const Arguments& arguments) {
  test::MemorySpillStore store;
  DirectoryPages base(arguments.base);
  const bool based = !arguments.base.empty();
  PageTable pages(store, based ? &base : nullptr, arguments.frames);
  HeapDecoder decoder(pages);
  const Replayed replayed = replay(arguments.data + "/pg_wal", arguments.skip, decoder, pages);
  const double mb = static_cast<double>(replayed.bytes) / 1e6;
  const std::pair<const char*, const Known&> kinds[] = {{"inserted", replayed.inserted},
                                                        {"updated, new", replayed.updated},
                                                        {"updated, old", replayed.superseded},
                                                        {"deleted", replayed.removed},
                                                        {"changed in place", replayed.in_place}};
  std::uint64_t unknown = 0, hidden = 0;
  for (const auto& [name, known] : kinds) {
    fmt::print(
        "{}: {} tuples, unknown: {} before and {} after the first checkpoint, {} without full-page writes\n",
        name, known.all, known.unknown_before, known.unknown_after, known.hidden);
    unknown += known.unknown_after + (based ? known.unknown_before + known.hidden : 0);
    hidden += known.hidden;
  }
  // A server that was started without full-page writes says so at its next checkpoint only.
  if (hidden > 0 && !based) unknown = 0;
  fmt::print("{:.1f} MB in {:.2f} s of one processor: {:.0f} MB/s, {:.0f} changes/s; {} pages moved out\n",
             mb, replayed.seconds, mb / replayed.seconds,
             static_cast<double>(replayed.changes) / replayed.seconds, store.writes);
  const Compared compared = compare(arguments.data, pages);
  fmt::print("{} old rows compared with the server's own: {} different\n", replayed.witnessed,
             replayed.contradicted);
  fmt::print("{} pages, {} tuples compared: {} pages different, {} not in their files\n", compared.pages,
             compared.tuples, compared.different, compared.missing);
  const bool enough = compared.pages > 0 && replayed.changes > 0;
  const bool right = compared.different + compared.missing + replayed.contradicted + unknown == 0;
  return enough && right ? 0 : 1;
}

}  // namespace
}  // namespace walkit

int main(int argc, char** argv) {
  if (argc < 2) walkit::die("usage: heap_pages_check DATA_DIRECTORY [FRAMES [SKIP [BASE]]]");
  walkit::Arguments arguments;
  arguments.data = argv[1];
  if (argc > 2) arguments.frames = std::stoul(argv[2]);
  if (argc > 3) arguments.skip = std::stoul(argv[3]);
  if (argc > 4) arguments.base = argv[4];
  return walkit::run(arguments);
}
