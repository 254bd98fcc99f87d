#include "archiver/push.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "archiver/push_metrics.h"
#include "tests/archiver/server_files.h"

namespace walkit {
namespace {

using test::Server;

class Push : public testing::Test {
 protected:
  Push() : server_(directory_ / "data") {
    std::filesystem::create_directory(directory_ / "repo");
    std::filesystem::create_directory(directory_ / "spool");
    std::filesystem::permissions(directory_ / "spool", std::filesystem::perms::owner_all);
    store_ = make_directory_store(directory_ / "repo");
    settings_.cluster = "main";
    settings_.deadline = Deadline::max();
    settings_.jobs = 2;
    settings_.system_identifier = std::nullopt;
    data_ = server_.directory();
    spool_ = Spool::open(directory_ / "spool", store_->url(), "main", data_).value();
  }

  ArchiveResult<PushReport> push_with_spool(const std::string& path) {
    return push(*store_, path, settings_, &data_, &*spool_);
  }
  ArchiveResult<PushReport> push_alone(const std::string& path) {
    return push(*store_, path, settings_, &data_, nullptr);
  }
  std::vector<ListedObject> listed() { return store_->list("main").value(); }
  std::vector<std::string> objects() {
    std::vector<std::string> names;
    for (const ListedObject& object : listed())
      if (!object.name.ends_with("/cluster.json"))
        names.push_back(object.name.substr(object.name.rfind('/') + 1));
    return names;
  }
  std::string object_named(const std::string& last) {
    for (const ListedObject& object : listed())
      if (object.name.ends_with("/" + last)) return object.name;
    return {};
  }
  static ArchiveOutcome outcome(const ArchiveResult<PushReport>& report) {
    return report.value().files.front().result.value().outcome;
  }

  TempDirectory directory_;
  Server server_;
  DataDirectory data_;
  std::unique_ptr<Store> store_;
  std::optional<Spool> spool_;
  PushSettings settings_;
};

TEST_F(Push, StoresTheSegmentWithItsHeader) {
  const std::string path = server_.add_segment(5);
  const auto report = push_alone(path);
  ASSERT_TRUE(report) << report.error().text;
  ASSERT_EQ(report->files.size(), 1U);
  ASSERT_TRUE(report->files[0].result) << report->files[0].result.error().text;
  const ArchivedFile& file = *report->files[0].result;
  EXPECT_EQ(file.outcome, ArchiveOutcome::stored);
  EXPECT_EQ(file.header.plain_size_bytes, test::kSegmentSize);
  EXPECT_EQ(file.header.summary->ending, SegmentEnding::full);
  EXPECT_FALSE(file.header.damaged);
  EXPECT_EQ(test::content_of(*store_, file.object), test::full_segment(5));
}

TEST_F(Push, ArchivesReadySegmentsAheadAndAcknowledgesThem) {
  const std::string first = server_.add_segment(5);
  const std::string second = server_.add_segment(6);
  const auto report = push_with_spool(first);
  ASSERT_TRUE(report) << report.error().text;
  EXPECT_EQ(report->files.size(), 2U);
  EXPECT_FALSE(take_acknowledgement(first, *spool_)) << "the server was told by the exit status";
  EXPECT_TRUE(take_acknowledgement(second, *spool_));
  EXPECT_FALSE(take_acknowledgement(second, *spool_)) << "it is taken once";
}

TEST_F(Push, DoesNotBelieveAnAcknowledgementOfAChangedFile) {
  const std::string first = server_.add_segment(5);
  const std::string second = server_.add_segment(6);
  ASSERT_TRUE(push_with_spool(first));
  server_.add("000000010000000000000006", test::full_segment(6, 400));
  EXPECT_FALSE(take_acknowledgement(second, *spool_));
}

TEST_F(Push, ForgetsAcknowledgementsThatNobodyWillAskFor) {
  const std::string first = server_.add_segment(5);
  server_.add_segment(6);
  server_.add_segment(7);
  ASSERT_TRUE(push_with_spool(first));
  std::filesystem::remove(server_.status("000000010000000000000006.ready"));
  ASSERT_TRUE(push_with_spool(server_.add_segment(8)));
  EXPECT_FALSE(server_.has(spool_->path() + "/000000010000000000000006.ok"));
  EXPECT_TRUE(server_.has(spool_->path() + "/000000010000000000000007.ok"));
  EXPECT_TRUE(spool_->repository_id());
}

TEST_F(Push, WithoutASpoolLooksAheadOnlyToMarkDone) {
  const std::string first = server_.add_segment(5);
  server_.add_segment(6);
  EXPECT_EQ(push_alone(first)->files.size(), 1U);
  settings_.mark_done = true;
  EXPECT_EQ(push_alone(first)->files.size(), 2U);
  EXPECT_TRUE(server_.has(server_.status("000000010000000000000006.done")));
  EXPECT_FALSE(server_.has(server_.status("000000010000000000000006.ready")));
  EXPECT_TRUE(server_.has(server_.status("000000010000000000000005.ready")))
      << "that is the server's to rename";
}

TEST_F(Push, KeepsWithinTheBatch) {
  for (std::uint64_t number = 5; number < 12; ++number) server_.add_segment(number);
  settings_.batch_segments = 3;
  EXPECT_EQ(push_with_spool(server_.wal("000000010000000000000005"))->files.size(), 3U);
  settings_.batch_segments = 64;
  settings_.batch_bytes = 2 * test::kSegmentSize;
  const auto report = push_with_spool(server_.wal("000000010000000000000007"));
  EXPECT_EQ(report->files.size(), 3U) << "the one that was asked for and two ahead";
}

TEST_F(Push, TheSameContentAgainIsSuccess) {
  const std::string path = server_.add_segment(5);
  ASSERT_TRUE(push_alone(path));
  EXPECT_EQ(outcome(push_alone(path)), ArchiveOutcome::already_there);
  settings_.policy.codec = *parse_codec("lz4");
  EXPECT_EQ(outcome(push_alone(path)), ArchiveOutcome::already_there) << "under another codec too";
  EXPECT_EQ(objects().size(), 3U) << "walkit.json, owner.json, the segment";
}

TEST_F(Push, MetricsCountWhatWasArchivedOnce) {
  const std::string path = server_.add_segment(5);
  const ArchiveStatus status = ArchiveStatus::beside(path);
  for (const std::uint64_t files : {1, 0}) {
    const auto report = push_alone(path);
    ASSERT_TRUE(report);
    const Metrics metrics = metrics_of(*report, status);
    EXPECT_EQ(metrics.files, files);
    EXPECT_EQ(metrics.plain_bytes, files * test::kSegmentSize);
    EXPECT_EQ(metrics.last.has_value(), files == 1);
  }
}

TEST_F(Push, CopiesThatDifferInTheirTailAreBothKept) {
  const Bytes shorter = test::segment_until(5, 300'000);
  Bytes recycled = shorter;
  recycled.back() = std::byte{7};
  const Bytes longer = test::segment_until(5, 600'000);
  const std::string path = server_.add("000000010000000000000005", shorter);
  EXPECT_EQ(outcome(push_alone(path)), ArchiveOutcome::stored);
  for (const Bytes& other : {recycled, longer}) {
    server_.add("000000010000000000000005", other);
    EXPECT_EQ(outcome(push_alone(path)), ArchiveOutcome::kept_variant);
    EXPECT_EQ(outcome(push_alone(path)), ArchiveOutcome::already_there);
  }
  EXPECT_EQ(objects().size(), 5U);
  const std::string object = object_named("000000010000000000000005.zst");
  const std::string directory = object.substr(0, object.rfind('/'));
  std::vector<std::string> copies;
  const auto in_directory = store_->list(directory);
  for (const ListedObject& copy : *in_directory) copies.push_back(copy.name);
  const auto choice = choose_object(*store_, copies);
  ASSERT_TRUE(choice) << choice.error().text;
  EXPECT_EQ(test::content_of(*store_, choice->object->name()), longer)
      << "the one that goes furthest is restored";
}

TEST_F(Push, DivergingRecordsAreRefusedNamingBoth) {
  const std::string path = server_.add_segment(5);
  settings_.policy.archived_by = "alpha:/data";
  ASSERT_TRUE(push_alone(path));
  server_.add("000000010000000000000005", test::full_segment(5, 400));
  settings_.policy.archived_by = "beta:/data";
  const auto refused = push_alone(path);
  ASSERT_TRUE(refused);
  ASSERT_NE(refused->error(), nullptr);
  EXPECT_EQ(refused->error()->kind, ArchiveError::Kind::conflict);
  EXPECT_NE(refused->error()->text.find("alpha:/data"), std::string::npos);
  EXPECT_NE(refused->error()->text.find("beta:/data"), std::string::npos);

  settings_.policy.keep_diverging = true;
  EXPECT_EQ(outcome(push_alone(path)), ArchiveOutcome::kept_variant);
  const std::string first = object_named("000000010000000000000005.zst");
  EXPECT_EQ(test::content_of(*store_, first), test::full_segment(5)) << "the first is untouched";
}

TEST_F(Push, ADamagedSegmentIsArchivedAndReported) {
  Bytes damaged = test::full_segment(5);
  damaged[300'000] ^= std::byte{1};
  const std::string path = server_.add("000000010000000000000005", damaged);
  settings_.policy.refuse_corrupt = true;
  const auto refused = push_alone(path);
  ASSERT_NE(refused->error(), nullptr);
  EXPECT_EQ(objects().size(), 2U) << "nothing was stored";
  settings_.policy.refuse_corrupt = false;
  const auto report = push_alone(path);
  ASSERT_EQ(report->error(), nullptr);
  const ArchivedFile& file = *report->files[0].result;
  EXPECT_TRUE(file.header.damaged);
  ASSERT_EQ(file.warnings.size(), 1U);
  EXPECT_EQ(test::content_of(*store_, file.object), damaged);
}

TEST_F(Push, RefusesWhatIsNotTheSegmentItsNameSays) {
  const auto expect_refused = [&](const std::string& path) {
    const auto report = push_alone(path);
    ASSERT_FALSE(report) << path;
    EXPECT_EQ(report.error().kind, ArchiveError::Kind::bad_input);
  };
  expect_refused(server_.wal("000000010000000000000009"));
  expect_refused(server_.add("000000010000000000000006", test::full_segment(5)));
  expect_refused(server_.add("000000010000000000000007", ByteSpan(test::full_segment(7)).first(5000)));
  expect_refused(server_.add("000000010000000000000008", Bytes(test::kSegmentSize)));
  expect_refused(server_.add("notes.txt", test::full_segment(5)));
  EXPECT_TRUE(store_->list("main")->empty()) << "no repository was made for them";
}

TEST_F(Push, ARepositoryOfAnotherServerIsRefused) {
  ASSERT_TRUE(push_alone(server_.add_segment(5)));
  const Server other(directory_ / "other");
  Bytes segment = test::full_segment(5);
  segment[24] ^= std::byte{1};  // xlp_sysid
  const auto report = push_alone(other.add("000000010000000000000005", segment));
  ASSERT_NE(report->error(), nullptr);
  EXPECT_EQ(report->error()->kind, ArchiveError::Kind::wrong_place);
  EXPECT_NE(report->error()->text.find("system identifier"), std::string::npos);
}

TEST_F(Push, AnEmptyMountPointIsNoNewRepository) {
  ASSERT_TRUE(push_with_spool(server_.add_segment(5)));
  std::filesystem::rename(directory_ / "repo", directory_ / "moved");
  const std::string next = server_.add_segment(6);
  EXPECT_EQ(push_with_spool(next).error().kind, ArchiveError::Kind::store);
  std::filesystem::create_directory(directory_ / "repo");
  EXPECT_EQ(push_with_spool(next).error().kind, ArchiveError::Kind::missing);
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "repo"));
}

TEST_F(Push, HistoriesGoFirstAndDivergingOnesAreRefused) {
  settings_.system_identifier.reset();
  ASSERT_TRUE(push_alone(server_.add_segment(5)));  // so that the repository has an owner
  const std::string text = "1\t0/5000000\tno recovery target specified\n";
  const std::string history = server_.add("00000002.history", std::as_bytes(std::span(text)));
  const auto report = push(*store_, history, settings_, nullptr, nullptr);
  ASSERT_TRUE(report) << report.error().text;
  ASSERT_EQ(report->error(), nullptr);
  const std::string changed = "1\t0/6000000\tno recovery target specified\n";
  server_.add("00000002.history", std::as_bytes(std::span(changed)));
  const auto refused = push(*store_, history, settings_, nullptr, nullptr);
  ASSERT_NE(refused->error(), nullptr);
  EXPECT_EQ(refused->error()->kind, ArchiveError::Kind::conflict);
}

TEST_F(Push, StoresPlainSegmentsWithTheirHeaderBeside) {
  settings_.policy.codec = *parse_codec("none");
  const std::string path = server_.add_segment(5);
  ASSERT_TRUE(push_alone(path));
  const std::string object = object_named("000000010000000000000005");
  EXPECT_EQ(test::content_of(*store_, object), test::full_segment(5));
  EXPECT_EQ(outcome(push_alone(path)), ArchiveOutcome::already_there);
  // A crash may leave the header alone; the next push goes on from there, whatever it says.
  ASSERT_TRUE(store_->remove(object));
  server_.add("000000010000000000000005", test::full_segment(5, 400));
  EXPECT_EQ(outcome(push_alone(path)), ArchiveOutcome::stored);
  EXPECT_EQ(test::content_of(*store_, object), test::full_segment(5, 400));
  // If it says the same it stays: another push may be about to place the segment.
  ASSERT_TRUE(store_->remove(object));
  const std::string sidecar = (directory_ / "repo") + "/" + object + ".json";
  const auto written = std::filesystem::last_write_time(sidecar);
  EXPECT_EQ(outcome(push_alone(path)), ArchiveOutcome::stored);
  EXPECT_EQ(std::filesystem::last_write_time(sidecar), written);
}

TEST(Spool, IsRefusedWhereOthersCanWrite) {
  const TempDirectory directory;
  std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
  const Server server(directory / "data");
  EXPECT_FALSE(Spool::open(directory.path(), "repo", "main", server.directory()));
}

TEST(Spool, EveryChangedByteOfAnAcknowledgementIsNoticed) {
  const TempDirectory directory;
  std::filesystem::permissions(directory.path(), std::filesystem::perms::owner_all);
  const Server server(directory / "data");
  const auto spool = Spool::open(directory.path(), "repo", "main", server.directory());
  ASSERT_TRUE(spool);
  ASSERT_TRUE(spool->remember("0123"));
  const Spool::Acknowledgement what{"0123", 42, {1, 2, 3, 4, 5}, {6, 7}};
  ASSERT_TRUE(spool->acknowledge("000000010000000000000005", what));
  ASSERT_TRUE(spool->is_acknowledged("000000010000000000000005", what.stamp));
  const std::string path = spool->path() + "/000000010000000000000005.ok";
  const auto line = read_small_file(path, 1024).value();
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::string damaged = line;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    ASSERT_TRUE(replace_file(path, damaged));
    EXPECT_FALSE(spool->is_acknowledged("000000010000000000000005", what.stamp)) << "byte " << i;
    EXPECT_FALSE(std::filesystem::exists(path));
  }
}

}  // namespace
}  // namespace walkit
