#include <gtest/gtest.h>

#include <random>

#include "feed/feed_decoder.h"
#include "feed/snapshot_fields.h"
#include "tests/feed/made_changes.h"
#include "tests/feed/snapshot_memory.h"
#include "tests/feed/spill_memory.h"

namespace walkit {
namespace {

constexpr Oid kDatabase = 5;
constexpr Oid kTable = 16384;
constexpr RelFileLocator kFile{1663, kDatabase, kTable};

/// Remembers the first column of each change.
class NotingSink final : public EventSink {
 public:
  using Result = std::expected<void, std::string>;
  Result begin(const TransactionInfo& transaction) override {
    notes.push_back((transaction.partial ? "partial " : "") + transaction.gid);
    return {};
  }
  Result change(const TransactionInfo&, const Change& change, std::uint64_t) override {
    notes.push_back(change.schema->name + " " + change.new_row->values.at(0).text);
    return {};
  }
  Result commit(const TransactionInfo&) override { return {}; }
  Result message(const TransactionInfo&, const Change&) override { return {}; }
  Result gap(Lsn, Lsn, std::string_view) override { return {}; }

  std::vector<std::string> notes;
};

class NoDecoders final : public TextDecoders {
 public:
  const TextDecoder& of(std::int32_t) override { return utf8_; }

 private:
  class Utf8 final : public TextDecoder {
    bool decode(std::string_view text, std::string& out) const override {
      out.append(text);
      return true;
    }
  };
  Utf8 utf8_;
};

/// A decoder and what it works with.
struct Feed {
  explicit Feed(std::unique_ptr<Catalog> its_catalog) : catalog(std::move(its_catalog)) {}

  FeedDecoder& decoder() {
    if (!made)
      made.emplace(FeedParts{.catalog = *catalog,
                             .pages = pages,
                             .log = log,
                             .buffer = buffer,
                             .decoders = decoders,
                             .sink = sink},
                   filter, 42);
    return *made;
  }
  std::string save() {
    test::SnapshotMemory bytes;
    SnapshotWriter out(bytes);
    EXPECT_TRUE(decoder().save(out, Lsn{7}, {}));
    EXPECT_TRUE(out.finish());
    EXPECT_EQ(out.size_bytes(), bytes.bytes.size());
    return bytes.bytes;
  }
  std::vector<std::string> commit(Xid xid) {
    TransactionInfo info;
    info.xid = xid;
    EXPECT_TRUE(buffer.commit(info, {}, sink));
    return std::exchange(sink.notes, {});
  }

  FeedFilter filter;
  test::SpillMemory page_spill, change_spill;
  std::unique_ptr<Catalog> catalog;
  PageTable pages{page_spill};
  TransactionBuffer buffer{change_spill, 256};
  SnapshotLog log;
  NoDecoders decoders;
  NotingSink sink;
  std::optional<FeedDecoder> made;
};

/// One table t (id) in one database; an open transaction 9 renames it, 10 was rolled back.
std::unique_ptr<Catalog> made_catalog() {
  auto catalog = std::make_unique<Catalog>(Major::pg15);
  catalog->load_database_row({.oid = kDatabase, .name = "shop", .encoding = 6, .tablespace = 1663}, 0, 0);
  DatabaseCatalog& database = catalog->add_database(kDatabase, 1663);
  database.namespaces.load({.oid = 2200, .name = "public"}, 0, 0);
  database.classes.load({.oid = kTable, .name = "t", .name_space = 2200, .filenode = kTable, .columns = 1}, 0,
                        9);
  database.classes.load(
      {.oid = kTable, .name = "renamed", .name_space = 2200, .filenode = kTable, .columns = 1}, 9, 0);
  database.attributes.load({.relation = kTable, .column = test::column(1, "id", 23, "")}, 0, 0);
  catalog->loaded(database);
  catalog->note_aborted(10);
  return catalog;
}

void fill(Feed& feed) {
  const SchemaRef schema = test::table("t"), other = test::table("other");
  feed.buffer.set_first_complete(15);
  for (int i = 0; i < 20; ++i) {
    feed.buffer.saw(20, Lsn{100});
    EXPECT_TRUE(feed.buffer.add(test::insert(i % 2 == 0 ? schema : other, 20, {std::to_string(i)})));
  }
  feed.buffer.assign(20, 21);
  EXPECT_TRUE(feed.buffer.add(test::insert(schema, 12, {"prepared"})));
  feed.buffer.prepare(12, {}, "gid");
  feed.buffer.hold(test::insert(schema, 30, {"held"}));
  feed.pages.begin_record();
  auto page = feed.pages.create({{1664, 0, 0}, 3});
  page->init();
}

std::expected<std::unique_ptr<Feed>, std::string> restore(std::string_view bytes,
                                                          const FeedFilter& filter = {}) {
  test::SnapshotBytes source(bytes);
  SnapshotReader in(source);
  const auto header = read_snapshot_header(in);
  if (!header) return std::unexpected(header.error());
  auto feed = std::make_unique<Feed>(nullptr);
  auto catalog = read_snapshot_catalog(in, *header, feed->pages);
  if (!catalog) return std::unexpected(catalog.error());
  feed->catalog = *std::move(catalog);
  feed->filter = filter;
  if (auto loaded = feed->decoder().load(in, *header); !loaded) return std::unexpected(loaded.error());
  return feed;
}

class SnapshotTest : public testing::Test {
 protected:
  SnapshotTest() {
    fill(feed);
    bytes = feed.save();
  }
  Feed feed{made_catalog()};
  std::string bytes;
};

TEST_F(SnapshotTest, CatalogsAreWhatTheyWere) {
  const auto restored = restore(bytes);
  ASSERT_TRUE(restored) << restored.error();
  Catalog& catalog = *(*restored)->catalog;
  ASSERT_NE(catalog.schema(kFile, 0), nullptr);
  EXPECT_EQ(*catalog.schema(kFile, 0), *feed.catalog->schema(kFile, 0));
  EXPECT_EQ(catalog.schema(kFile, 0)->name, "renamed");
  EXPECT_EQ(catalog.database_rows(), feed.catalog->database_rows());
  EXPECT_TRUE(catalog.aborted(10));
  EXPECT_EQ(catalog.open_transactions(), std::vector<Xid>{9});
  const std::vector<Xid> renamer{9};
  catalog.abort(renamer);
  EXPECT_EQ(catalog.schema(kFile, 0)->name, "t");
}

TEST_F(SnapshotTest, TransactionsGoOn) {
  auto restored = restore(bytes);
  ASSERT_TRUE(restored) << restored.error();
  EXPECT_EQ((*restored)->buffer.top_of(21), 20U);
  EXPECT_EQ((*restored)->commit(20), feed.commit(20));
  EXPECT_EQ((*restored)->commit(12), (std::vector<std::string>{"partial gid", "t prepared"}));
  ASSERT_TRUE((*restored)->buffer.confirm(30));
  EXPECT_EQ((*restored)->commit(30), (std::vector<std::string>{"", "t held"}));
}

TEST_F(SnapshotTest, AnotherFilterMakesRunningTransactionsPartial) {
  FeedFilter filter;
  filter.tables = {"t"};
  const auto restored = restore(bytes, filter);
  ASSERT_TRUE(restored) << restored.error();
  EXPECT_TRUE((*restored)->decoder().filter_changed());
  EXPECT_EQ((*restored)->commit(20).front(), "partial ");
}

TEST_F(SnapshotTest, NothingIsToBeSavedBeforeRecords) { EXPECT_FALSE(feed.decoder().can_save()); }

TEST_F(SnapshotTest, EachTruncationIsRefused) {
  ASSERT_TRUE(restore(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(restore(bytes.substr(0, size))) << "cut to " << size;
}

TEST_F(SnapshotTest, EachChangedByteIsRefused) {
  std::mt19937 random(1);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ (1 + random() % 255));
    EXPECT_FALSE(restore(changed)) << "changed at " << at;
  }
}

TEST_F(SnapshotTest, WhatFollowsTheEndIsRefused) { EXPECT_FALSE(restore(bytes + '\0')); }

TEST_F(SnapshotTest, ItIsSaidWhatIsWrong) {
  EXPECT_EQ(restore("{}").error(), "is not the snapshot of a feed");
  std::string later = bytes;
  later[8] = 2;
  EXPECT_EQ(restore(later).error(), "is a snapshot of format 2, not 1");
  EXPECT_EQ(restore(bytes.substr(0, 100)).error(), "is damaged");
}

// A count that no bytes follow must not be believed as far as memory is concerned.
TEST(SnapshotIoTest, CountsWithoutValuesEnd) {
  test::SnapshotMemory memory;
  SnapshotWriter out(memory);
  out(std::uint64_t{1} << 60);
  ASSERT_TRUE(out.finish());
  const auto read = [&](auto value) {
    test::SnapshotBytes source(memory.bytes);
    SnapshotReader in(source);
    in(value);
    return in.ok();
  };
  EXPECT_FALSE(read(std::string()));
  EXPECT_FALSE(read(std::vector<std::byte>()));
  EXPECT_FALSE(read(std::vector<std::uint64_t>()));
  EXPECT_FALSE(read(std::unordered_map<Xid, std::string>()));
}

TEST(SnapshotIoTest, LongValuesCrossBlocks) {
  test::SnapshotMemory memory;
  SnapshotWriter out(memory);
  const std::string text(1'000'000, 'x');
  const SchemaRef schema = test::table("t");
  out(text, schema, SchemaRef(), schema, std::optional<Oid>(7));
  ASSERT_TRUE(out.finish());
  test::SnapshotBytes source(memory.bytes);
  SnapshotReader in(source);
  std::string read;
  SchemaRef first = schema, none = schema, again;
  std::optional<Oid> oid;
  in(read, first, none, again, oid);
  EXPECT_TRUE(in.finish());
  EXPECT_EQ(read, text);
  EXPECT_EQ(*first, *schema);
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(again, first);
  EXPECT_EQ(oid, 7U);
}

TEST(SnapshotIoTest, ASinkThatFailsIsSaid) {
  test::SnapshotMemory memory;
  memory.fail = true;
  SnapshotWriter out(memory);
  EXPECT_EQ(out.finish().error(), "no space left");
}

}  // namespace
}  // namespace walkit
