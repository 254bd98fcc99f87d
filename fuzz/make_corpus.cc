// Writes seeds for all fuzz targets to DIRECTORY/<target>/: records and images out of the fixtures, WAL laid
// out by hand around such records, small compressed files, headers of archived objects, values, transactions,
// catalogs. Run it again after adding fixtures.
#include <fmt/format.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <tuple>

#include "feed/tuple.h"
#include "fuzz/record_input.h"
#include "fuzz/seed_files.h"
#include "fuzz/wal_input.h"
#include "segments/object_header.h"
#include "tests/feed/values_dump_support.h"
#include "tests/support/fixtures.h"
#include "tests/support/wal_builder.h"
#include "walreader/rmgr/rmgr.h"
#include "walreader/text_sink.h"

namespace walkit::fuzz {
namespace {

namespace fs = std::filesystem;
using test::Bytes;

constexpr std::size_t kLargestRecord = 1200;
constexpr std::size_t kRecordsInWal = 14;
constexpr std::uint8_t kBlockSizeLog2 = 10;

/// A record type of a table's row, so that majors which share the row share the seed.
using TypeKey = std::tuple<std::uint8_t, std::uint8_t, const void*>;

/// The smallest record of each type, and the smallest image of each kind.
struct Seeds {
  struct TypedRecord {
    Major major;
    test::RecordParts parts;
    std::size_t size;
  };
  struct Image {
    ImageRef image;
    Bytes payload;
  };
  std::map<TypeKey, TypedRecord> records;
  std::map<std::pair<Compression, bool>, Image> images;
};

/// The table row that describes a record; nullptr if there is none.
const void* row_of(const Record& record) {
  if (record.rmid() >= kBuiltinRmgrCount) return nullptr;
  const Rmgr& rmgr = *builtin_rmgrs()[record.rmid()];
  for (const RecordType& type : rmgr.types)
    if (type.opcode == (record.rmgr_info() & rmgr.name_mask) && type.since <= record.major() &&
        record.major() <= type.until)
      return &type;
  return nullptr;
}

void collect_images(Seeds& seeds, const Record& record) {
  for (const BlockRef& ref : record.blocks()) {
    if (!ref.has_image) continue;
    const auto key = std::pair(ref.image.compression, ref.image.has_hole);
    const auto found = seeds.images.find(key);
    if (found != seeds.images.end() && found->second.image.stored_length <= ref.image.stored_length) continue;
    const ByteSpan payload = record.image(ref);
    seeds.images.insert_or_assign(key, Seeds::Image{ref.image, Bytes(payload.begin(), payload.end())});
  }
}

Seeds collect() {
  Seeds seeds;
  for (const Major major : test::all_majors()) {
    for (const test::Fixture& fixture : test::fixtures_of(major)) {
      const test::LoadedFixture loaded = test::load(fixture);
      Reader reader(loaded.wal.geometry, *loaded.wal.format);
      reader.find(loaded.wal.start);
      drive(reader, loaded.wal, {}, [&](const Record& record) {
        collect_images(seeds, record);
        const std::size_t size = record.length_without_images();
        if (size > kLargestRecord) return;
        const TypeKey key{record.rmid(), record.rmgr_info(), row_of(record)};
        const auto found = seeds.records.find(key);
        // of records of one type the largest small one shows most of what it can hold
        if (found != seeds.records.end() && found->second.size >= size) return;
        seeds.records.insert_or_assign(key, Seeds::TypedRecord{major, parts_of(record), size});
      });
    }
  }
  return seeds;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c;
  return out;
}

std::uint8_t major_byte(Major major) { return static_cast<std::uint8_t>(index_of(major)); }

void make_describe(const fs::path& root, const Seeds& seeds) {
  const SeedDirectory directory(root, "describe");
  for (const auto& [key, seed] : seeds.records) {
    const auto& [rmid, info, row] = key;
    const std::string name =
        fmt::format("{}-{:02x}-{}-{}", lower(rmgr_name(rmid)), info,
                    lower(record_name(seed.major, rmid, info)), test::directory_name(seed.major));
    const bool with_origin = seed.parts.origin || seed.parts.toplevel_xid;
    directory.add(name, store_record_input({.major_index = major_byte(seed.major),
                                            .rmid = rmid,
                                            .info = info,
                                            .options = with_origin ? kWithOrigin : std::uint8_t{0}},
                                           seed.parts));
  }
}

struct WalSeed {
  const char* name;
  std::uint8_t options;
  void (*finish)(test::WalBuilder&);
};

constexpr WalSeed kWalSeeds[] = {
    {"plain", kRepair, [](test::WalBuilder&) {}},
    {"across_segments", kRepair | kAcrossSegments,
     [](test::WalBuilder& wal) { wal.add(test::noop_record(3000)); }},
    {"zero_tail", 0, [](test::WalBuilder& wal) { wal.zeros_to_page_end(); }},
    {"stale_page", 0,
     [](test::WalBuilder& wal) {
       wal.add_torn(test::noop_record(2000));
       wal.add_stale_page(test::kMiB);
     }},
    {"overwritten_contrecord", kRepair,
     [](test::WalBuilder& wal) {
       wal.overwrite_contrecord(wal.add_torn(test::noop_record(2000)));
       wal.add(test::noop_record());
     }},
    {"switch", kRepair | kAcrossSegments,
     [](test::WalBuilder& wal) { wal.add_switch(), wal.add(test::noop_record()); }},
};

/// Each kind of WAL with other records, and of another major.
void make_reader(const fs::path& root, const Seeds& seeds) {
  const SeedDirectory directory(root, "reader");
  auto next = seeds.records.begin();
  int index = 0;
  for (int round = 0; round < 3; ++round) {
    for (const WalSeed& seed : kWalSeeds) {
      const auto major_index = static_cast<std::uint8_t>((index++ + round) % kMajorCount);
      const WalInputHeader header{.major_index = major_index,
                                  .block_size_log2 = kBlockSizeLog2 - 10,
                                  .options = seed.options,
                                  .pages_before = 1,
                                  .seed = static_cast<std::uint32_t>(index)};
      test::WalLayout layout;
      layout.major = static_cast<Major>(static_cast<int>(kOldestMajor) + major_index);
      layout.geometry.block_size_bytes = 1U << kBlockSizeLog2;
      layout.start = start_of(header, layout.geometry);
      test::WalBuilder wal(layout);
      const bool is_switch = std::string_view(seed.name) == "switch";
      const std::size_t records = is_switch ? 2 : kRecordsInWal;
      for (std::size_t i = 0; i < records; ++i, ++next) {
        if (next == seeds.records.end()) next = seeds.records.begin();
        wal.add(next->second.parts);
      }
      seed.finish(wal);
      directory.add(fmt::format("{}-{}", seed.name, round + 1), store_wal_input(header, wal.bytes()));
    }
  }
}

void make_image(const fs::path& root, const Seeds& seeds) {
  constexpr std::uint8_t kHasHole = 0x04;
  constexpr std::uint8_t kCompress = 0x08;
  const SeedDirectory directory(root, "image");
  for (const auto& [key, seed] : seeds.images) {
    const auto method = static_cast<unsigned>(key.first);
    const std::string name = method == 0 ? "plain" : std::string(compression_name(key.first));
    test::ByteWriter stored;
    stored.u8(method | (key.second ? kHasHole : 0u)).u16(seed.image.hole_offset).u16(seed.image.hole_length);
    directory.add(name + (key.second ? "-hole" : "-full"), stored.bytes(seed.payload).get());
    test::ByteWriter page;
    page.u8(method | kHasHole | kCompress).u16(40).u16(8000).u16(3).u8(key.second ? 0 : 1);
    directory.add(name + (key.second ? "-there_and_back" : "-flipped"),
                  page.text("a page of a relation").get());
  }
}

Bytes zstd_frame(ByteSpan plain) {
  Bytes out(ZSTD_compressBound(plain.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 3));
  return out;
}

Bytes lz4_frame(ByteSpan plain) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  Bytes out(LZ4F_compressFrameBound(plain.size(), &preferences));
  out.resize(LZ4F_compressFrame(out.data(), out.size(), plain.data(), plain.size(), &preferences));
  return out;
}

Bytes gzip_member(ByteSpan plain) {
  constexpr int kGzipWindow = 15 + 16;
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
  Bytes out(deflateBound(&stream, plain.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

void make_opener(const fs::path& root) {
  const SeedDirectory directory(root, "opener");
  test::WalBuilder wal;
  wal.fill_page_until(512);
  wal.zeros_to_page_end();
  const Bytes skippable = test::ByteWriter().u32(0x184D2A57).u32(7).text("a frame").take();
  const std::pair<const char*, Bytes> frames[] = {
      {"zstd", zstd_frame(wal.bytes())}, {"lz4", lz4_frame(wal.bytes())}, {"gzip", gzip_member(wal.bytes())}};
  const auto add = [&](const std::string& name, ByteSpan first, ByteSpan second = {}) {
    directory.add(name, test::ByteWriter().u32(7).bytes(first).bytes(second).get());
  };
  for (const auto& [name, frame] : frames) {
    const std::string codec = name;
    add(codec, frame);
    add(codec + "-truncated", ByteSpan(frame).first(frame.size() - 3));
    add(codec + "-twice", frame, frame);
    add(codec + "-then_skippable", frame, skippable);
    add(codec + "-then_garbage", frame, test::bytes_of("garbage"));
  }
  add("plain", test::bytes_of("no codec's magic"));
  add("empty", {});
}

void make_header(const fs::path& root) {
  const SeedDirectory directory(root, "header");
  ObjectHeader header{.name = "00000001000000000000000A",
                      .system_identifier = 7'000'000'000'000'000'001,
                      .major = 17,
                      .segment_size_bytes = 1 << 20,
                      .plain_size_bytes = 1 << 20,
                      .plain_digest = {1, 2},
                      .payload_size_bytes = 300'000,
                      .payload_digest = {3, 4},
                      .codec = {Codec::lz4, 1},
                      .summary = SegmentSummary{.first = Lsn{0xA00028},
                                                .last = Lsn{0xA01000},
                                                .end = Lsn{0xA01030},
                                                .records = 42,
                                                .lowest_xid = 700,
                                                .highest_xid = 730,
                                                .first_commit = PgTime{1},
                                                .last_commit = PgTime{2},
                                                .ending = SegmentEnding::end_of_wal,
                                                .stopped_at = Lsn{0xA01030},
                                                .reason = "invalid record length at 0/A01030"},
                      .archived_by = "db1:/data"};
  const auto add = [&](const std::string& name) {
    constexpr std::size_t kHead = 8, kTail = 16;
    const Bytes trailer = encode_trailer(header);
    directory.add(name + "-trailer", trailer);
    directory.add(name + "-sidecar", encode_sidecar(header));
    directory.add(name + "-json", ByteSpan(trailer).subspan(kHead, trailer.size() - kHead - kTail));
  };
  add("segment");
  header = {.name = "00000002.history",
            .plain_size_bytes = 41,
            .payload_size_bytes = 50,
            .summary = {},
            .archived_by = {}};
  add("history");
  directory.add("newer-json", test::bytes_of(R"({"format":2})"));
  directory.add("nested-json", test::bytes_of(R"({"format":[[[[{"a":[1e9,-1,null,true]}]]]]})"));
}

/// The longest value of each table in the fixture that is not too large.
void make_values(const fs::path& root) {
  constexpr std::size_t kLargest = 500;
  const SeedDirectory directory(root, "values");
  const test::Dump dump = test::parse_dump(test::read_fixture("values/pg18.txt"));
  std::vector<Datum> datums;
  for (const test::DumpedTable& table : dump.tables) {
    ByteSpan longest;
    for (const test::DumpedRow& row : table.rows) {
      if (!deform_tuple(table.tuple(row.block, row.offset), table.columns, datums)) continue;
      if (datums[0].bytes.size() > longest.size() && datums[0].bytes.size() <= kLargest)
        longest = datums[0].bytes;
    }
    Bytes seed(sizeof(Oid));
    std::memcpy(seed.data(), &table.columns[0].type, sizeof(Oid));
    seed.insert(seed.end(), longest.begin(), longest.end());
    directory.add(table.name, seed);
  }
}

}  // namespace
}  // namespace walkit::fuzz

int main(int argc, char** argv) {
  using namespace walkit::fuzz;
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_corpus DIRECTORY\n");
    return 2;
  }
  const fs::path root = argv[1];
  const Seeds seeds = collect();
  make_describe(root, seeds);
  make_reader(root, seeds);
  make_image(root, seeds);
  make_opener(root);
  make_header(root);
  make_values(root);
  make_feed_seeds(root);
  std::printf("%zu record types, %zu kinds of images\n", seeds.records.size(), seeds.images.size());
  return 0;
}
