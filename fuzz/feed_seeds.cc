// Seeds of the feed and of the catalogs' reader out of the fixtures: small transactions, each with something
// that those before did not have; pages of the catalogs with their first rows.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "feed/heap_page.h"
#include "fuzz/catalog_input.h"
#include "fuzz/feed_input.h"
#include "fuzz/seed_files.h"
#include "tests/support/fixtures.h"
#include "walreader/bytes.h"
#include "walreader/image.h"

namespace walkit::fuzz {
namespace {

using test::Bytes;

constexpr std::size_t kMaxRecords = 24;
constexpr std::size_t kLargestSeed = 2500;
constexpr std::size_t kLargestImage = 700;
constexpr std::uint16_t kRowsOfPage = 4;
/// XLOG, Transaction, Storage, Database, RelMap, Standby, Heap2, Heap, LogicalMessage.
constexpr std::uint8_t kRmgrs[] = {0, 1, 2, 4, 7, 8, 9, 10, 21};
constexpr std::uint8_t kTransactionRmgrId = 1, kHeap2RmgrId = 9;

using Page = std::array<std::byte, kRelationBlockSize>;

/// A page without its free space, and where that was.
struct HoledPage {
  Bytes bytes;
  std::uint16_t hole_offset = 0;
};
HoledPage without_hole(const Page& page) {
  const auto lower = load_le<std::uint16_t>(page.data() + 12),
             upper = load_le<std::uint16_t>(page.data() + 14);
  HoledPage holed{.bytes = {page.begin(), page.begin() + lower}, .hole_offset = lower};
  holed.bytes.insert(holed.bytes.end(), page.begin() + upper, page.end());
  return holed;
}

/// Of a page's rows the first few.
HoledPage shortened(Page& bytes) {
  const HeapPage from{PageBytes(bytes)};
  Page kept;
  HeapPage to{PageBytes(kept)};
  to.init();
  to.set_lsn(from.lsn());
  for (std::uint16_t item = 1, next = 1; item <= from.item_count() && next <= kRowsOfPage; ++item)
    if (const auto tuple = from.tuple(item); !tuple.empty() && to.add(next, tuple)) ++next;
  return without_hole(kept);
}

std::optional<Page> page_of(const Record& record, const BlockRef& block) {
  Page page;
  if (!block.has_image || block.fork != Fork::main || !restore_image(record, block, page)) return {};
  return HeapPage{PageBytes(page)}.is_heap() ? std::optional(page) : std::nullopt;
}

Bytes control_of(Major major) {
  constexpr std::size_t kUsed = 300;
  const std::string name = test::directory_name(major);
  const std::filesystem::path wal = test::fixtures_of(major).front().path;
  std::ifstream in(wal.parent_path().parent_path() / "pg_control" / name, std::ios::binary);
  std::string content(kUsed, '\0');
  in.read(content.data(), kUsed);
  return test::bytes_of(content);
}

/// The records of one transaction, its relations renamed to those of inputs.
struct Sequence {
  FeedInput input;
  std::vector<Oid> relations;
  bool too_large = false;
  bool ended = false;

  RelFileLocator renamed(const RelFileLocator& relation) {
    for (const RelFileLocator& known : kFuzzRelations)
      if (known.relation == relation.relation) return known;
    if (std::ranges::find(relations, relation.relation) == relations.end())
      relations.push_back(relation.relation);
    const auto index = std::ranges::find(relations, relation.relation) - relations.begin();
    return kFuzzRelations[std::min<std::ptrdiff_t>(index, 1)];
  }

  void add(const Record& record) {
    test::RecordParts parts = parts_of(record);
    parts.xid = parts.xid == 0 ? 0 : kFuzzXids[0];
    parts.toplevel_xid.reset();
    for (std::size_t i = 0; i < parts.blocks.size(); ++i) {
      test::Block& block = parts.blocks[i];
      block.relation = renamed(record.blocks()[i].relation);
      block.block %= 256;
      const auto page = page_of(record, record.blocks()[i]);
      HoledPage holed = page ? without_hole(*page) : HoledPage{};
      if (block.image && page && holed.bytes.size() <= kLargestImage)
        block.image = test::StoredImage{
            .payload = std::move(holed.bytes), .hole_offset = holed.hole_offset, .apply = block.image->apply};
    }
    too_large = too_large || input.records.size() == kMaxRecords;
    if (too_large) return;
    input.order.push_back(static_cast<std::uint8_t>(input.records.size()));
    input.records.push_back(std::move(parts));
  }
};

/// What a seed may show that others do not.
using Feature = std::tuple<int, std::uint8_t, std::uint8_t, bool>;

class SeedsOfFeed {
 public:
  explicit SeedsOfFeed(const std::filesystem::path& root) : feed_(root, "feed"), catalog_(root, "catalog") {}

  void add(Major major) {
    for (const test::Fixture& fixture : test::fixtures_of(major)) {
      const test::LoadedFixture loaded = test::load(fixture);
      Reader reader(loaded.wal.geometry, *loaded.wal.format);
      reader.find(loaded.wal.start);
      drive(reader, loaded.wal, {}, [&](const Record& record) { add(record); });
    }
    for (auto& [xid, sequence] : open_) keep(sequence);
    open_.clear();
    test::ByteWriter files;
    files.u8(static_cast<std::uint64_t>(index_of(major)));
    for (const auto& [kind, page] : pages_) store_fuzz_file(files, kind, page.bytes, page.hole_offset);
    store_fuzz_file(files, kControlFile, control_of(major));
    store_fuzz_file(files, kLabelFile,
                    test::bytes_of("START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n"
                                   "CHECKPOINT LOCATION: 0/2000060\nSTART TIMELINE: 1\n"));
    store_fuzz_file(files, kStateFile, test::bytes_of(R"({"version":1,"system_identifier":1,"position":2})"));
    const Bytes map = test::ByteWriter().u32(0x592717).u32(1).u32(1259).u32(1259).take();
    store_fuzz_file(files, kMapFile, map);
    catalog_.add(test::directory_name(major), files.get());
    pages_.clear();
  }

 private:
  void add(const Record& record) {
    for (const BlockRef& block : record.blocks()) keep_page(record, block);
    if (std::ranges::find(kRmgrs, record.rmid()) == std::end(kRmgrs)) return;
    Sequence& sequence = open_[record.xid()];
    sequence.input.major = record.major();
    sequence.add(record);
    const bool full = record.xid() == 0 && sequence.input.records.size() == kMaxRecords / 2;
    if (record.rmid() != kTransactionRmgrId && !full) return;
    keep(sequence);
    if (record.xid() == 0 || (record.info() & 0x70) != 0x50) open_.erase(record.xid());  // no ASSIGNMENT
  }

  void keep_page(const Record& record, const BlockRef& block) {
    const auto catalog = std::ranges::find(kFuzzCatalogs, block.relation.relation);
    const auto kind = static_cast<std::uint8_t>(catalog - std::begin(kFuzzCatalogs));
    if (catalog == std::end(kFuzzCatalogs) || pages_.contains(kind)) return;
    if (auto page = page_of(record, block)) pages_[kind] = shortened(*page);
  }

  void keep(const Sequence& sequence) {
    const FeedInput& input = sequence.input;
    const Bytes bytes = store_feed_input(input);
    if (sequence.too_large || bytes.size() > kLargestSeed) return;
    const std::size_t before = features_.size();
    for (const test::RecordParts& parts : input.records) {
      const bool heap2 = parts.rmid == kHeap2RmgrId;
      const auto operation = static_cast<std::uint8_t>(parts.info & 0x70);
      const bool has_image = !parts.blocks.empty() && parts.blocks[0].image;
      features_.insert({heap2 ? static_cast<int>(input.major) : 0, parts.rmid, operation, has_image});
    }
    if (features_.size() > before)
      feed_.add(fmt::format("transaction-{}-{}", test::directory_name(input.major), ++count_), bytes);
  }

  SeedDirectory feed_, catalog_;
  std::map<Xid, Sequence> open_;
  std::map<std::uint8_t, HoledPage> pages_;
  std::set<Feature> features_;
  int count_ = 0;
};

/// A tuple of the first `columns` columns as records hold it (LoggedTupleHeader), and its data.
Bytes logged(std::uint16_t columns, const Bytes& data) {
  return test::ByteWriter().u16(columns).u16(0x0802).u8(24).zeros(1).bytes(data).take();
}

test::RecordParts change(std::uint8_t info, std::size_t relation, const Bytes& tuple, const Bytes& main) {
  constexpr std::uint8_t kHeapRmgrId = 10;
  return {.rmid = kHeapRmgrId,
          .info = info,
          .xid = kFuzzXids[0],
          .blocks = {{.block = 0,
                      .relation = kFuzzRelations[relation],
                      .will_init = (info & 0x80) != 0,
                      .data = tuple}},
          .main_data = main};
}

/// Rows that are the table's: one with a value out of line is inserted, updated and deleted.
FeedInput made_changes() {
  using test::ByteWriter;
  const Bytes chunk = ByteWriter().u32(9).u32(0).u8(5 << 1 | 1).text("long").take();
  const Bytes pointer = ByteWriter().u8(1).u8(18).u32(8).u32(4).u32(9).u32(kFuzzToast).take();
  const Bytes row = ByteWriter().u32(1).bytes(pointer).u8(5 << 1 | 1).u16(0x8000).u16(42).take();
  const Bytes newer = ByteWriter().u32(1).u8(3 << 1 | 1).text("ab").u8(5 << 1 | 1).u16(0x8000).u16(7).take();
  FeedInput input{.major = Major::pg15, .order = {0, 1, 2, 3, 4}, .records = {}};
  input.records = {
      change(0x80, 1, logged(3, chunk), ByteWriter().u16(1).u8(0).take()),
      change(0x80, 0, logged(3, row), ByteWriter().u16(1).u8(0).take()),
      change(0x40, 0, logged(3, newer), ByteWriter().u32(771).u16(1).u8(0).u8(0).u32(0).u16(2).take()),
      change(0x10, 0, {}, ByteWriter().u32(771).u16(2).u8(0).u8(0).take()),
      {.rmid = kTransactionRmgrId, .xid = kFuzzXids[0], .main_data = ByteWriter().u64(1).take()}};
  return input;
}

}  // namespace

void store_fuzz_file(test::ByteWriter& out, std::uint8_t kind, ByteSpan bytes, std::size_t hole_offset) {
  out.u8(kind).u16(hole_offset).u16(bytes.size()).bytes(bytes);
}

void make_feed_seeds(const std::filesystem::path& root) {
  SeedDirectory(root, "feed").add("made", store_feed_input(made_changes()));
  SeedsOfFeed seeds(root);
  for (const Major major : test::all_majors()) seeds.add(major);
}

}  // namespace walkit::fuzz
