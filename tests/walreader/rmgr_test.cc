// What holds for the tables of all resource managers, and for describing whatever bytes they are given.
#include "walreader/rmgr/rmgr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/walreader/record_bytes.h"

namespace walkit {
namespace {

std::vector<Major> all_majors() {
  std::vector<Major> majors;
  for (int i = 0; i < kMajorCount; ++i)
    majors.push_back(static_cast<Major>(static_cast<int>(kOldestMajor) + i));
  return majors;
}

constexpr std::uint8_t kHeap2 = 9;
constexpr std::uint8_t kHeap = 10;

/// Follows the structure of a description and notes where it would not make a JSON object.
class ShapeSink final : public FieldSink {
 public:
  ShapeSink() { scopes_.push_back({}); }

  void text(std::string_view) override {}
  void uint(std::string_view, std::string_view key, std::uint64_t) override { member(key); }
  void sint(std::string_view, std::string_view key, std::int64_t) override { member(key); }
  void hex(std::string_view, std::string_view key, std::uint64_t, int) override { member(key); }
  void real(std::string_view, std::string_view key, double) override { member(key); }
  void real_fixed(std::string_view, std::string_view key, double) override { member(key); }
  void boolean(std::string_view, std::string_view key, bool, std::string_view, std::string_view) override {
    member(key);
  }
  void word(std::string_view, std::string_view key, std::string_view) override { member(key); }
  void string(std::string_view, std::string_view key, ByteSpan) override { member(key); }
  void octets(std::string_view, std::string_view key, ByteSpan) override { member(key); }
  void lsn(std::string_view, std::string_view key, Lsn) override { member(key); }
  void time(std::string_view, std::string_view key, PgTime) override { member(key); }
  void full_xid(std::string_view, std::string_view key, std::uint64_t) override { member(key); }
  void relation(std::string_view, std::string_view key, RelFileLocator) override { member(key); }
  void path(std::string_view, std::string_view key, RelFileLocator, Fork) override { member(key); }
  void begin_array(std::string_view, std::string_view key) override { open(key, true); }
  void end_array(std::string_view) override { close(true); }
  void begin_object(std::string_view, std::string_view key) override { open(key, false); }
  void end_object(std::string_view) override { close(false); }

  std::size_t open_scopes() const { return scopes_.size() - 1; }
  const std::string& complaint() const { return complaint_; }

 private:
  struct Scope {
    bool array = false;
    std::set<std::string, std::less<>> keys = {};
  };

  static bool is_snake_case(std::string_view key) {
    return !key.empty() && key.front() >= 'a' && key.front() <= 'z' && std::ranges::all_of(key, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
  }

  void member(std::string_view key) {
    Scope& scope = scopes_.back();
    if (scope.array && !key.empty()) complain("an array's item has the key", key);
    if (scope.array) return;
    if (!is_snake_case(key)) complain("not snake_case:", key);
    if (!scope.keys.emplace(key).second) complain("twice in one object:", key);
  }
  void open(std::string_view key, bool array) {
    member(key);
    scopes_.push_back({array});
  }
  void close(bool array) {
    if (scopes_.size() == 1 || scopes_.back().array != array) return complain("ends what did not begin", "");
    scopes_.pop_back();
  }
  void complain(std::string_view what, std::string_view key) {
    complaint_.append(what).append(" ").append(key).append("\n");
  }

  std::vector<Scope> scopes_;
  std::string complaint_;
};

/// Describes a record of each builtin type, and of each unknown one, in each major.
void describe_every_type(testing::RecordParts parts, auto&& check) {
  for (const Major major : all_majors())
    for (std::uint8_t rmid = 0; rmid < kBuiltinRmgrCount; ++rmid)
      for (int info = 0; info < 256; info += 16) {
        parts.rmid = rmid;
        parts.info = static_cast<std::uint8_t>(info);
        const testing::HandmadeRecord handmade(parts, major);
        ASSERT_TRUE(handmade.ok());
        SCOPED_TRACE(std::string(rmgr_name(rmid)) + " info " + std::to_string(info) + " major " +
                     std::to_string(static_cast<int>(major)));
        ShapeSink sink;
        const bool described = describe(handmade.record(), sink);
        check(sink, described);
      }
}

std::vector<std::byte> filled(std::size_t size, int value) {
  return std::vector<std::byte>(size, static_cast<std::byte>(value));
}

TEST(Rmgr, TablesStandInTheOrderOfTheirIds) {
  ASSERT_EQ(builtin_rmgrs().size(), kBuiltinRmgrCount);
  for (std::size_t id = 0; id < builtin_rmgrs().size(); ++id) EXPECT_EQ(builtin_rmgrs()[id]->id, id);
}

TEST(Rmgr, NamesAreThoseOfRmgrList) {
  const std::vector<std::string_view> listed{
      "XLOG",       "Transaction",    "Storage", "CLOG",     "Database",
      "Tablespace", "MultiXact",      "RelMap",  "Standby",  "Heap2",
      "Heap",       "Btree",          "Hash",    "Gin",      "Gist",
      "Sequence",   "SPGist",         "BRIN",    "CommitTs", "ReplicationOrigin",
      "Generic",    "LogicalMessage",
  };
  for (std::size_t id = 0; id < listed.size(); ++id)
    EXPECT_EQ(rmgr_name(static_cast<std::uint8_t>(id)), listed[id]);
  EXPECT_EQ(rmgr_name(22), "???");
  EXPECT_EQ(rmgr_name(127), "???");
  EXPECT_EQ(rmgr_name(128), "custom128");
  EXPECT_EQ(rmgr_name(200), "custom200");
  EXPECT_EQ(rmgr_name(255), "custom255");
}

TEST(Rmgr, OpcodesConsistOfBitsThatNameARecord) {
  for (const Rmgr* rmgr : builtin_rmgrs())
    for (const RecordType& type : rmgr->types) {
      EXPECT_EQ(type.opcode & ~(rmgr->name_mask & kRmgrInfoMask), 0) << rmgr->name << " " << type.name;
      EXPECT_LE(type.since, type.until) << rmgr->name << " " << type.name;
      EXPECT_LE(type.since, kNewestMajor) << rmgr->name << " " << type.name;
    }
}

TEST(Rmgr, OneNameStandsForOneOpcodeInAMajor) {
  for (const Rmgr* rmgr : builtin_rmgrs())
    for (const Major major : all_majors()) {
      std::set<std::string_view> names;
      for (const RecordType& type : rmgr->types)
        if (type.since <= major && major <= type.until && !type.name.empty()) {
          EXPECT_TRUE(names.insert(type.name).second) << rmgr->name << " " << type.name;
        }
    }
}

TEST(Rmgr, OpcodesChangeTheirMeaningBetweenMajors) {
  EXPECT_EQ(record_name(Major::pg13, kHeap2, 0x20), "FREEZE_PAGE");
  for (const Major major : {Major::pg14, Major::pg15, Major::pg16})
    EXPECT_EQ(record_name(major, kHeap2, 0x20), "VACUUM");
  for (const Major major : {Major::pg17, Major::pg18})
    EXPECT_EQ(record_name(major, kHeap2, 0x20), "PRUNE_VACUUM_SCAN");

  EXPECT_EQ(record_name(Major::pg14, 4, 0x10), "DROP");
  EXPECT_EQ(record_name(Major::pg15, 4, 0x10), "CREATE_WAL_LOG");
  EXPECT_EQ(record_name(Major::pg13, 1, 0x60), "");
  EXPECT_EQ(record_name(Major::pg14, 1, 0x60), "INVALIDATION");
  EXPECT_EQ(record_name(Major::pg16, 0, 0xE0), "");
  EXPECT_EQ(record_name(Major::pg17, 0, 0xE0), "CHECKPOINT_REDO");
  EXPECT_EQ(record_name(Major::pg13, 18, 0x20), "SETTS");
  EXPECT_EQ(record_name(Major::pg14, 18, 0x20), "");
}

TEST(Rmgr, EachResourceManagerComparesItsOwnBits) {
  for (const Major major : all_majors()) {
    EXPECT_EQ(record_name(major, 1, 0x00), "COMMIT");
    EXPECT_EQ(record_name(major, 1, 0x80), "COMMIT");  // 0x80 announces xinfo
    EXPECT_EQ(record_name(major, 1, 0x81), "COMMIT");
    EXPECT_EQ(record_name(major, 0, 0x02), "CHECKPOINT_SHUTDOWN");
    EXPECT_EQ(record_name(major, 0, 0xC0), "");
    EXPECT_EQ(record_name(major, kHeap, 0x80), "INSERT+INIT");
    EXPECT_EQ(record_name(major, kHeap, 0x90), "");  // a DELETE initializes no page
    EXPECT_EQ(record_name(major, 18, 0x00), "ZEROPAGE");
    EXPECT_EQ(record_name(major, 18, 0x02), "");  // compares the low bits too
    EXPECT_EQ(record_name(major, 19, 0x10), "DROP");
    EXPECT_EQ(record_name(major, 19, 0x11), "");
    EXPECT_EQ(record_name(major, 20, 0x00), "Generic");
    EXPECT_EQ(record_name(major, 20, 0xFF), "Generic");
    EXPECT_EQ(record_name(major, 22, 0x00), "");
    EXPECT_EQ(record_name(major, 200, 0x00), "");
  }
}

TEST(Rmgr, RecordsOfUnknownTypeHaveAnEmptyDescription) {
  for (const std::uint8_t rmid : {std::uint8_t{22}, std::uint8_t{127}}) {
    const testing::HandmadeRecord handmade({.rmid = rmid}, Major::pg18);
    ASSERT_TRUE(handmade.ok());
    ShapeSink sink;
    EXPECT_TRUE(describe(handmade.record(), sink));
  }
}

TEST(Rmgr, DescriptionsMakeJsonObjects) {
  const auto check = [](const ShapeSink& sink, bool described) {
    EXPECT_EQ(sink.complaint(), "");
    EXPECT_TRUE(!described || sink.open_scopes() == 0);
  };
  const std::vector<std::vector<std::byte>> blocks(4, filled(64, 0));
  for (const int fill : {0x00, 0x01, 0x02, 0xFF})
    describe_every_type({.main_data = filled(400, fill), .block_data = blocks}, check);
}

TEST(Rmgr, NoLengthOfDataIsReadBeyond) {
  const auto check = [](const ShapeSink& sink, bool) { EXPECT_EQ(sink.complaint(), ""); };
  for (const int fill : {0x00, 0x01, 0xFF})
    for (std::size_t size = 0; size <= 96; ++size)
      describe_every_type({.main_data = filled(size, fill)}, check);
}

TEST(Rmgr, NoContentOfDataIsTrusted) {
  const auto check = [](const ShapeSink& sink, bool) { EXPECT_EQ(sink.complaint(), ""); };
  std::mt19937 random(20240926);
  const auto noise = [&random](std::size_t most) {
    std::vector<std::byte> bytes(random() % (most + 1));
    // Small numbers, since counts and offsets are more often believable than not.
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() % 4 == 0 ? random() : random() % 3);
    return bytes;
  };
  for (int round = 0; round < 100; ++round) {
    testing::RecordParts parts{.main_data = noise(120)};
    for (int blocks = static_cast<int>(random() % 4); blocks > 0; --blocks)
      parts.block_data.push_back(noise(80));
    describe_every_type(parts, check);
  }
}

}  // namespace
}  // namespace walkit
