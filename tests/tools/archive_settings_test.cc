#include "tools/archive_settings.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

std::expected<ArchiveSettings, std::string> read(Command command, Strings arguments,
                                                 const Strings& environment = {},
                                                 std::string_view file = {}) {
  auto options = parse_options(command, arguments, environment);
  if (!options) return std::unexpected(options.error());
  if (const auto added = add_config(*options, file, "f"); !added) return std::unexpected(added.error());
  return read_archive_settings(*options);
}

std::string error_of(Command command, Strings arguments) {
  arguments.emplace_back("--repo=/r");
  const auto settings = read(command, std::move(arguments));
  return settings ? "none" : settings.error();
}

TEST(ArchiveSettings, EverythingHasADefault) {
  const auto settings = read(Command::push, {"--repo=/r"});
  ASSERT_TRUE(settings) << settings.error();
  EXPECT_EQ(settings->repo, "/r");
  EXPECT_EQ(settings->cluster, "main");
  EXPECT_FALSE(settings->system_identifier);
  EXPECT_EQ(settings->codec, (CodecChoice{Codec::zstd, 1}));
  EXPECT_EQ(settings->modes.file, mode_t{0640});
  EXPECT_EQ(settings->modes.directory, mode_t{0750});
  EXPECT_FALSE(settings->modes.group);
  EXPECT_GE(settings->jobs, 1);
  EXPECT_EQ(settings->timeout, 60s);
  EXPECT_EQ(settings->push.batch_segments, 64u);
  EXPECT_EQ(settings->push.batch_bytes, std::uint64_t{4} << 30);
  EXPECT_EQ(settings->push.on_corrupt, OnCorrupt::warn);
  EXPECT_EQ(settings->push.on_conflict, OnConflict::fail);
  EXPECT_FALSE(settings->push.mark_done || settings->push.backfill || settings->push.metrics_file);
  EXPECT_EQ(settings->get.prefetch_segments, 8u);
  EXPECT_EQ(settings->get.prefetch_bytes, std::uint64_t{1} << 30);
  EXPECT_EQ(settings->get.on_standby_error, OnStandbyError::retry);
  EXPECT_FALSE(settings->get.allow_gap || settings->get.partial);
  EXPECT_EQ(settings->expire.keep, Retention());
  EXPECT_FALSE(settings->expire.dry_run || settings->expire.yes || settings->json || settings->upgrade);
}

TEST(ArchiveSettings, ValuesOfPush) {
  const auto settings =
      read(Command::push, {"--repo=r", "--cluster=c-1", "--codec=lz4", "--level=9", "--spool=s", "--jobs=3",
                           "--timeout=500ms", "--batch-segments=1", "--batch-bytes=16MiB", "--mark-done",
                           "--on-corrupt=fail", "--on-conflict=variant", "--backfill", "--mode=0600",
                           "--group=0", "--metrics-file=m", "--system-identifier=18446744073709551615"});
  ASSERT_TRUE(settings) << settings.error();
  EXPECT_EQ(settings->repo, "r");
  EXPECT_EQ(settings->cluster, "c-1");
  EXPECT_EQ(settings->system_identifier, UINT64_MAX);
  EXPECT_EQ(settings->codec, (CodecChoice{Codec::lz4, 9}));
  EXPECT_EQ(settings->spool, "s");
  EXPECT_EQ(settings->jobs, 3);
  EXPECT_EQ(settings->timeout, 500ms);
  EXPECT_EQ(settings->push.batch_segments, 1u);
  EXPECT_EQ(settings->push.batch_bytes, 16u << 20);
  EXPECT_TRUE(settings->push.mark_done);
  EXPECT_TRUE(settings->push.backfill);
  EXPECT_EQ(settings->push.on_corrupt, OnCorrupt::fail);
  EXPECT_EQ(settings->push.on_conflict, OnConflict::variant);
  EXPECT_EQ(settings->push.metrics_file, "m");
  EXPECT_EQ(settings->modes.file, mode_t{0600});
  EXPECT_EQ(settings->modes.directory, mode_t{0700});
  EXPECT_EQ(settings->modes.group, gid_t{0});
}

TEST(ArchiveSettings, ValuesOfGet) {
  const auto settings =
      read(Command::get, {"--repo=r", "--prefetch=0", "--prefetch-bytes=1GiB", "--allow-gap",
                          "--standby-on-error=stop", "--partial", "000000010000000000000001", "t"});
  ASSERT_TRUE(settings) << settings.error();
  EXPECT_EQ(settings->get.prefetch_segments, 0u);
  EXPECT_EQ(settings->get.prefetch_bytes, 1u << 30);
  EXPECT_EQ(settings->get.on_standby_error, OnStandbyError::stop);
  EXPECT_TRUE(settings->get.allow_gap);
  EXPECT_TRUE(settings->get.partial);
}

TEST(ArchiveSettings, WrongValuesAreNamedWithWhatWasExpected) {
  EXPECT_EQ(error_of(Command::push, {"--codec=gzip"}),
            "invalid value \"gzip\" for option --codec: expected none, lz4 or zstd");
  EXPECT_EQ(error_of(Command::push, {"--codec=lz4", "--level=13"}),
            "invalid value \"13\" for option --level: expected 1 to 12 with lz4");
  EXPECT_EQ(error_of(Command::push, {"--on-corrupt=ignore"}),
            "invalid value \"ignore\" for option --on-corrupt: expected warn or fail");
  EXPECT_EQ(error_of(Command::push, {"--timeout=0"}),
            "invalid value \"0\" for option --timeout: expected a duration such as 500ms, 60s or 5min");
  for (const char* wrong :
       {"--level=0", "--level=-1", "--level=x", "--jobs=0", "--jobs=1025", "--timeout=1m",
        "--batch-segments=0", "--batch-segments=4294967297", "--batch-bytes=0", "--batch-bytes=-1",
        "--mode=0777", "--group=no such group", "--cluster=a/b", "--cluster=..", "--system-identifier=0",
        "--system-identifier=18446744073709551616", "--on-conflict=overwrite"}) {
    const std::string argument = wrong;
    const std::size_t equals = argument.find('=');
    EXPECT_TRUE(error_of(Command::push, {argument})
                    .starts_with("invalid value \"" + argument.substr(equals + 1) + "\" for option " +
                                 argument.substr(0, equals) + ": expected "))
        << error_of(Command::push, {argument});
  }
  EXPECT_NE(error_of(Command::push, {"--cluster", ""}), "none");
  EXPECT_NE(error_of(Command::push, {"--spool", ""}), "none");
  EXPECT_NE(error_of(Command::get, {"--prefetch=-1"}), "none");
  EXPECT_NE(error_of(Command::get, {"--standby-on-error=promote"}), "none");
}

TEST(ArchiveSettings, WrongValuesAreNamedWhereTheyStand) {
  EXPECT_EQ(read(Command::push, {"--repo=/r"}, {"WALKIT_JOBS=many"}).error(),
            "invalid value \"many\" for WALKIT_JOBS: expected a number from 1 to 1024");
  EXPECT_EQ(read(Command::push, {"--repo=/r"}, {}, "[push]\njobs = many\n").error(),
            "f:2: invalid value \"many\" for option jobs: expected a number from 1 to 1024");
}

TEST(ArchiveSettings, OnlyTypedPathsMayBeRelative) {
  EXPECT_TRUE(read(Command::push, {"--repo=r"}));
  EXPECT_EQ(read(Command::push, {}, {"WALKIT_REPO=r"}).error(),
            "invalid value \"r\" for WALKIT_REPO: expected an absolute path");
  EXPECT_EQ(read(Command::push, {}, {}, "[global]\nrepo = r\n").error(),
            "f:2: invalid value \"r\" for option repo: expected an absolute path");
  EXPECT_FALSE(read(Command::init, {"--repo=r"})) << "init would write it into a file";
  EXPECT_FALSE(read(Command::init, {"--repo=/r\n[push]"}));
}

TEST(ArchiveSettings, MovingNeedsARepository) {
  for (const Command command : {Command::push, Command::get, Command::ls, Command::info, Command::expire})
    EXPECT_EQ(read(command, {}).error(),
              "no repository specified: there is --repo, WALKIT_REPO, and repo in the configuration file");
  EXPECT_TRUE(read(Command::init, {}));
  EXPECT_TRUE(read(Command::verify, {})) << "it may be given files";
}

TEST(ArchiveSettings, OneWayOfRetention) {
  const auto keep = [](Strings arguments, std::string_view file = {}) {
    arguments.emplace_back("--repo=/r");
    return read(Command::expire, std::move(arguments), {}, file)->expire.keep;
  };
  const Retention from{.from = SegmentName{TimelineId{1}, 2, 3}, .days = {}, .bytes = {}};
  EXPECT_EQ(keep({"--keep-from=000000010000000200000003"}), from);
  EXPECT_EQ(keep({"--keep-from=000000010000000200000003.00000028.backup"}), from);
  EXPECT_EQ(keep({"--keep-days=14"}).days, std::chrono::days(14));
  EXPECT_EQ(keep({"--keep-bytes=500GiB"}).bytes, std::uint64_t{500} << 30);

  constexpr std::string_view kFile = "[global]\nkeep-bytes = 1TiB\n[expire]\nkeep-days = 7\n";
  EXPECT_EQ(keep({}, kFile).days, std::chrono::days(7)) << "the command's own section counts more";
  EXPECT_FALSE(keep({}, kFile).bytes);
  EXPECT_EQ(keep({"--keep-from=000000010000000200000003"}, kFile), from)
      << "the command line replaces the file";

  EXPECT_EQ(error_of(Command::expire, {"--keep-days=1", "--keep-bytes=1"}),
            "only one of --keep-days and --keep-bytes can be given");
  for (const char* wrong : {"--keep-days=0", "--keep-days=-1", "--keep-days=36501", "--keep-bytes=0",
                            "--keep-from=1", "--keep-from=00000001.history"})
    EXPECT_NE(error_of(Command::expire, {wrong}), "none") << wrong;
}

}  // namespace
}  // namespace walkit
