#include "feed/feed_decoder.h"

#include <gtest/gtest.h>

#include "feed/storage_records.h"
#include "tests/feed/made_heap_records.h"
#include "tests/feed/spill_memory.h"

namespace walkit {
namespace {

using test::ByteWriter;
using test::RecordParts;
using Events = std::vector<std::string>;

constexpr Xid kOther = 772;
constexpr std::uint8_t kCommit = 0x00, kPrepare = 0x10, kAbort = 0x20, kCommitPrepared = 0x30;
constexpr std::uint8_t kTransactionId = 1, kStandbyId = 8;

/// An int4 as it lies in a tuple.
std::string number(char low) { return {low, 0, 0, 0}; }

std::string text_of(const char* name, const std::optional<RowValues>& row) {
  if (!row) return "";
  const std::string prefix = std::string(" ") + name + "=";
  if (row->unavailable != Unavailable::none) return prefix + std::string(name_of(row->unavailable));
  return prefix + row->values.at(0).text;
}

/// Remembers events as "begin 771", "insert new=1", "commit".
class NotingSink final : public EventSink {
 public:
  using Result = std::expected<void, std::string>;
  Result begin(const TransactionInfo& info) override {
    events.push_back("begin " + std::to_string(info.xid) + (info.partial ? " partial" : "") +
                     (info.gid.empty() ? "" : " " + info.gid));
    return {};
  }
  Result change(const TransactionInfo&, const Change& change, std::uint64_t) override {
    constexpr const char* kNames[] = {"insert", "update", "delete", "truncate", "message", "schema"};
    events.push_back(kNames[static_cast<int>(change.kind)] + text_of("old", change.old_row) +
                     text_of("new", change.new_row));
    return {};
  }
  Result commit(const TransactionInfo&) override {
    events.push_back("commit");
    return {};
  }
  Result message(const TransactionInfo&, const Change& change) override {
    events.push_back("message " + change.content);
    return {};
  }
  Result gap(Lsn, Lsn, std::string_view) override { return {}; }

  Events events;
};

class NoLog final : public TransactionLog {
 public:
  std::expected<XidFate, std::string> fate(Xid) override { return XidFate::committed; }
  std::expected<Xid, std::string> updater(Xid) override { return Xid{0}; }
};

class Utf8 final : public TextDecoders {
 public:
  const TextDecoder& of(std::int32_t) override { return decoder_; }

 private:
  Utf8Decoder decoder_;
};

/// A feed of public.t (id int4), whose file is test::kTable.
class FeedDecoderTest : public testing::Test {
 protected:
  FeedDecoderTest() {
    constexpr Storage kInt{.length = 4, .align = 'i', .by_value = true};
    catalog_.load_database_row({.oid = 5, .name = "shop", .encoding = 6, .tablespace = 1663}, 0, 0);
    DatabaseCatalog& database = catalog_.add_database(5, 1663);
    database.namespaces.load({2200, "public"}, 0, 0);
    database.types.load({.oid = 23, .name = "int4", .name_space = 2200, .storage = kInt}, 0, 0);
    database.classes.load({.oid = 16384, .name = "t", .name_space = 2200, .filenode = 16384, .columns = 1}, 0,
                          0);
    database.attributes.load(
        {16384, Column{.number = 1, .name = "id", .type = 23, .storage = kInt, .missing = {}}}, 0, 0);
    catalog_.loaded(database);
    buffer_.set_first_complete(kXid);
  }
  static constexpr Xid kXid = test::kXid;

  void start(FeedFilter filter) {
    decoder_.emplace(FeedParts{.catalog = catalog_,
                               .pages = pages_,
                               .log = log_,
                               .buffer = buffer_,
                               .decoders = decoders_,
                               .sink = sink_},
                     std::move(filter), 1);
  }
  void apply(const RecordParts& parts, Xid xid = kXid) {
    if (!decoder_) start({});
    RecordParts with_xid = parts;
    with_xid.xid = xid;
    const test::Bytes bytes = test::record_bytes(with_xid);
    const ByteSpan fragment = bytes;
    const Lsn at = next_;
    next_ = at + (bytes.size() + 7) / 8 * 8;
    ASSERT_EQ(record_.decode({&fragment, 1}, at, next_, TimelineId{1}, format_of(kNewestMajor)).fault,
              BodyFault::none);
    const auto applied = decoder_->apply(record_);
    ASSERT_TRUE(applied) << applied.error();
  }
  void insert(char id, Xid xid = kXid) {
    apply(rows_ == 0 ? test::first_insert(0, number(id)) : test::insert_record(0, rows_ + 1, number(id)),
          xid);
    ++rows_;
  }
  void end(std::uint8_t info, Xid xid = kXid, const test::Bytes& more = {}) {
    apply({.rmid = kTransactionId, .info = info, .main_data = ByteWriter().u64(0).bytes(more).take()}, xid);
  }
  /// By a transaction that has not ended, before the start.
  void drop_table(Xid xid) {
    DatabaseCatalog& database = *catalog_.find_database(5);
    database.classes.remove(16384, xid);
    catalog_.loaded(database);
  }
  /// So that it is cut where it is truncated.
  void give_new_file(Xid xid) {
    DatabaseCatalog& database = *catalog_.find_database(5);
    ClassRow row = *database.classes.newest(16384);
    row.filenode = 20001;
    database.classes.put(row, xid);
    catalog_.loaded(database);
  }
  const Events& events() const { return sink_.events; }

 private:
  Catalog catalog_{kNewestMajor};
  test::SpillMemory page_store_, change_store_;
  PageTable pages_{page_store_, nullptr, PageTable::kMinFrames};
  TransactionBuffer buffer_{change_store_, 4096};
  NoLog log_;
  Utf8 decoders_;
  NotingSink sink_;
  std::optional<FeedDecoder> decoder_;
  Record record_;
  Lsn next_{0x1000028};
  std::uint16_t rows_ = 0;
};

TEST_F(FeedDecoderTest, TransactionsComeInTheOrderOfTheirCommits) {
  insert(1);
  insert(2, kOther);
  insert(3);
  end(kCommit, kOther);
  end(kCommit);
  EXPECT_EQ(events(), (Events{"begin 772", "insert new=2", "commit", "begin 771", "insert new=1",
                              "insert new=3", "commit"}));
}

TEST_F(FeedDecoderTest, OldRowsComeFromThePages) {
  insert(7);
  apply(test::delete_record(0, 1));
  end(kCommit);
  EXPECT_EQ(events(), (Events{"begin 771", "insert new=7", "delete old=7", "commit"}));
}

TEST_F(FeedDecoderTest, ARowOfAnUnknownPageIsMarked) {
  apply(test::delete_record(9, 1));
  end(kCommit);
  EXPECT_EQ(events(), (Events{"begin 771", "delete old=base_page_unknown", "commit"}));
}

TEST_F(FeedDecoderTest, WhatWasRolledBackNeverComes) {
  insert(1);
  end(kAbort);
  end(kCommit);
  EXPECT_EQ(events(), Events{});
}

TEST_F(FeedDecoderTest, ATupleThatDoesNotFitItsTableIsMarked) {
  apply(test::first_insert(0, "xy"));
  end(kCommit);
  EXPECT_EQ(events(), (Events{"begin 771", "insert new=schema_unknown", "commit"}));
}

TEST_F(FeedDecoderTest, RowsOfARelationThatNobodyKnowsAreMarked) {
  RecordParts unknown = test::first_insert(0, number(1));
  unknown.blocks[0].relation = RelFileLocator{1663, 5, 20000};
  apply(unknown);
  unknown.blocks[0].relation =
      RelFileLocator{1663, 6, 20000};  // nor its database: it may be a template's copy
  apply(unknown);
  end(kCommit);
  EXPECT_EQ(events(), (Events{"begin 771", "insert new=schema_unknown", "commit"}));
}

TEST_F(FeedDecoderTest, ATransactionThatRanBeforeTheStartIsPartial) {
  insert(1, kXid - 1);
  end(kCommit, kXid - 1);
  EXPECT_EQ(events(), (Events{"begin 770 partial", "insert new=1", "commit"}));
}

TEST_F(FeedDecoderTest, ACrashEndsWhatWasNotPrepared) {
  insert(1);
  apply({.rmid = 0, .info = 0x00, .main_data = ByteWriter().zeros(88).take()}, 0);  // CHECKPOINT_SHUTDOWN
  end(kCommit);
  EXPECT_EQ(events(), Events{});
}

TEST_F(FeedDecoderTest, ACrashEndsWhatSubtransactionsDidToCatalogs) {
  constexpr Xid kTop = 700, kSub = 701;
  drop_table(kSub);
  apply({.rmid = kTransactionId, .info = 0x50, .main_data = ByteWriter().u32(kTop).u32(1).u32(kSub).take()},
        kTop);
  insert(1);
  end(kCommit);
  apply({.rmid = 0, .info = 0x00, .main_data = ByteWriter().zeros(88).take()}, 0);  // CHECKPOINT_SHUTDOWN
  insert(2, kOther);
  end(kCommit, kOther);
  EXPECT_EQ(events(), (Events{"begin 771", "insert new=schema_unknown", "commit", "begin 772", "insert new=2",
                              "commit"}));
}

TEST_F(FeedDecoderTest, ATransactionThatRunsNoMoreLeavesCatalogsAsTheyWere) {
  drop_table(700);
  const auto running = [](Xid oldest) {  // xl_running_xacts
    return RecordParts{.rmid = kStandbyId,
                       .info = 0x10,
                       .main_data = ByteWriter().u32(0).u32(0).u32(0).u32(kXid).u32(oldest).u32(0).take()};
  };
  apply(running(700), 0);
  insert(1);
  end(kCommit);
  apply(running(kXid), 0);
  insert(2, kOther);
  end(kCommit, kOther);
  EXPECT_EQ(events(), (Events{"begin 771", "insert new=schema_unknown", "commit", "begin 772", "insert new=2",
                              "commit"}));
}

TEST_F(FeedDecoderTest, OtherTablesThanTheWantedHaveNoEvents) {
  FeedFilter filter;
  filter.tables = {"public.other"};
  start(filter);
  insert(1);
  end(kCommit);
  EXPECT_EQ(events(), Events{});
}

TEST_F(FeedDecoderTest, AMessageComesBehindTheTruncationBeforeIt) {
  give_new_file(kXid);
  apply({.rmid = kStorageRmgrId,
         .info = 0x20,  // TRUNCATE
         .main_data = ByteWriter().u32(0).u32(1663).u32(5).u32(20001).u32(0x07).take()});
  apply(test::logical_message("p", test::bytes_of("now"), true));
  end(kCommit);
  EXPECT_EQ(events(), (Events{"begin 771", "truncate", "message", "commit"}));
}

TEST_F(FeedDecoderTest, OtherColumnsThanTheWantedHaveNoEvents) {
  FeedFilter filter;
  filter.columns = {"other*"};
  start(filter);
  insert(1);
  apply(test::delete_record(0, 1));
  end(kCommit);
  EXPECT_EQ(events(), Events{});
}

TEST_F(FeedDecoderTest, AMessageOutsideOfATransactionComesAtOnce) {
  insert(1);
  apply(test::logical_message("p", test::bytes_of("now")), 0);
  EXPECT_EQ(events().size(), 1U);
}

TEST_F(FeedDecoderTest, ARecordThatIsCutShortEndsNothing) {
  insert(1);
  apply({.rmid = kTransactionId, .info = kCommit, .main_data = test::bytes_of("cut")});
  apply({.rmid = kTransactionId, .info = kPrepare, .main_data = test::bytes_of("cut")});
  apply({.rmid = kTransactionId, .info = kCommitPrepared, .main_data = {}});
  apply({.rmid = kStandbyId, .info = 0x10, .main_data = test::bytes_of("cut")}, 0);
  EXPECT_EQ(events(), Events{});
  end(kCommit);
  EXPECT_EQ(events(), (Events{"begin 771", "insert new=1", "commit"}));
}

}  // namespace
}  // namespace walkit
