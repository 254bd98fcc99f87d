// feed_snapshot_check BASE WAL EVERY [SEED]: decodes WAL from a base directory's redo point on. About once in
// EVERY records it takes a snapshot between two of them and goes on from it with another decoder, which must
// give exactly the events that the first one gives from there on. Then changes bytes of a snapshot and cuts
// it short, which must be noticed. Exits with 1 if anything differs. Run by tests/integration/feed_state.sh.
#include <fmt/format.h>

#include <map>
#include <random>

#include "feed/feed_decoder.h"
#include "feed/io/data_directory_reader.h"
#include "feed/io/iconv_decoder.h"
#include "feed/line_format.h"
#include "segments/digest.h"
#include "segments/directory_source.h"
#include "segments/page_probe.h"
#include "segments/record_stream.h"
#include "tests/feed/snapshot_memory.h"
#include "tests/feed/spill_memory.h"

namespace walkit {
namespace {

constexpr int kFlips = 1000, kCuts = 300;

[[noreturn]] void die(const std::string& why) {
  fmt::print(stderr, "feed_snapshot_check: {}\n", why);
  std::exit(1);
}

template <class T>
T or_die(std::expected<T, std::string> value) {
  if (!value) die(value.error());
  if constexpr (!std::is_void_v<T>) return *std::move(value);
}

class Lines final : public LineSink {
 public:
  std::expected<void, std::string> write(std::string_view lines, std::size_t, Lsn) override {
    text += lines;
    return {};
  }
  std::string text;
};

class Decoders final : public TextDecoders {
 public:
  const TextDecoder& of(std::int32_t encoding) override {
    auto& found = decoders_[encoding];
    if (found == nullptr) found = or_die(open_decoder(encoding));
    return *found;
  }

 private:
  std::map<std::int32_t, std::unique_ptr<TextDecoder>> decoders_;
};

/// A feed with all that it needs.
class Feed {
 public:
  explicit Feed(DataDirectoryReader& directory) : directory_(directory) {}

  void begin() {
    catalog_ = or_die(directory_.read_catalog());
    make_decoder(directory_.transactions());
    buffer_.set_first_complete(directory_.control().next_xid);
  }
  /// What is wrong with the snapshot.
  std::expected<SnapshotHeader, std::string> begin(const std::string& snapshot) {
    test::SnapshotBytes source(snapshot);
    SnapshotReader in(source);
    const auto header = read_snapshot_header(in);
    if (!header) return header;
    auto catalog = read_snapshot_catalog(in, *header, pages_);
    if (!catalog) return std::unexpected(catalog.error());
    catalog_ = *std::move(catalog);
    make_decoder(log_);
    if (auto loaded = decoder_->load(in, *header); !loaded) return std::unexpected(loaded.error());
    return header;
  }
  void apply(const Record& record) { or_die(decoder_->apply(record)); }
  std::string save() {
    test::SnapshotMemory sink;
    SnapshotWriter out(sink);
    or_die(decoder_->save(out, {}, directory_.start()));
    or_die(out.finish());
    return std::move(sink.bytes);
  }
  const std::string& lines() {
    or_die(format_->flush());
    return lines_.text;
  }

 private:
  void make_decoder(TransactionLog& log) {
    decoder_.emplace(FeedParts{.catalog = *catalog_,
                               .pages = pages_,
                               .base = &directory_.pages(),
                               .log = log,
                               .buffer = buffer_,
                               .decoders = decoders_,
                               .sink = *format_},
                     FeedFilter{}, directory_.control().system_identifier);
  }

  DataDirectoryReader& directory_;
  Lines lines_;
  std::unique_ptr<LineFormat> format_ = make_walkit_format(lines_);
  test::SpillMemory page_spill_, change_spill_;
  PageTable pages_{page_spill_, &directory_.pages(), 256};
  TransactionBuffer buffer_{change_spill_, std::size_t{64} << 10};
  std::unique_ptr<Catalog> catalog_;
  SnapshotLog log_;
  Decoders decoders_;
  std::optional<FeedDecoder> decoder_;
};

class Check {
 public:
  Check(const std::string& base, const std::string& wal, std::uint64_t every, std::uint64_t seed)
      : base_(base), wal_(wal), every_(every), random_(seed) {
    directory_ = or_die(DataDirectoryReader::open(base));
    const auto entries = SegmentDirectory(wal).list();
    if (!entries || entries->empty()) die("no WAL in " + wal);
    const auto file = SegmentFile::open(entries->front().path);
    const auto probe = file ? probe_file(**file) : std::unexpected(file.error());
    if (!probe || probe->verdict != ProbeVerdict::wal) die("not WAL: " + entries->front().path);
    format_ = probe->format;
    source_.emplace(SegmentDirectory(wal), directory_->timeline(), probe->geometry());
  }

  void run() {
    Feed feed(*directory_);
    feed.begin();
    std::uint64_t records = 0;
    std::string snapshot;
    for_each_record(directory_->start(), [&](const Record& record) {
      feed.apply(record);
      ++records;
      if (random_() % every_ != 0) return;
      snapshot = feed.save();
      taken_.push_back({record.end(), feed.lines().size(), go_on(snapshot)});
    });
    const std::string& lines = feed.lines();
    for (const Taken& taken : taken_)
      if (digest_of(std::as_bytes(std::span(lines).subspan(taken.lines))) != taken.rest)
        die(fmt::format("other events from {:X} on", taken.at.value));
    if (taken_.empty()) die("no snapshot was taken");
    damage(snapshot);
    fmt::print("{} records, {} bytes of events; {} snapshots, the last of {} bytes\n", records, lines.size(),
               taken_.size(), snapshot.size());
  }

 private:
  /// A snapshot, how much had been delivered, and what came after it.
  struct Taken {
    Lsn at;
    std::size_t lines = 0;
    Digest rest;
  };

  template <class Apply>
  void for_each_record(Lsn start, Apply&& apply) {
    RecordStream stream(*source_, *format_, Lsn{});
    stream.find(start);
    while (stream.next() == StreamStatus::record) apply(stream.record());
  }

  Digest go_on(const std::string& snapshot) {
    auto feed = std::make_unique<Feed>(*directory_);
    const SnapshotHeader header = or_die(feed->begin(snapshot));
    for_each_record(header.redo, [&](const Record& record) { feed->apply(record); });
    return digest_of(std::as_bytes(std::span(feed->lines())));
  }

  void expect_refused(const std::string& snapshot, std::string_view what, std::size_t at) {
    if (std::make_unique<Feed>(*directory_)->begin(snapshot))
      die(fmt::format("a snapshot {} at {} is believed", what, at));
  }

  void damage(const std::string& snapshot) {
    for (int i = 0; i < kFlips; ++i) {
      const std::size_t at = random_() % snapshot.size();
      std::string changed = snapshot;
      changed[at] = static_cast<char>(changed[at] ^ (1 + random_() % 255));
      expect_refused(changed, "changed", at);
    }
    for (int i = 0; i < kCuts; ++i) {
      const std::size_t at = random_() % snapshot.size();
      expect_refused(snapshot.substr(0, at), "cut", at);
    }
  }

  std::string base_, wal_;
  std::uint64_t every_;
  std::mt19937_64 random_;
  std::unique_ptr<DataDirectoryReader> directory_;
  const WalFormat* format_ = nullptr;
  std::optional<DirectorySource> source_;
  std::vector<Taken> taken_;
};

}  // namespace
}  // namespace walkit

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "usage: feed_snapshot_check BASE WAL EVERY [SEED]\n");
    return 2;
  }
  walkit::Check(argv[1], argv[2], std::stoull(argv[3]), argc > 4 ? std::stoull(argv[4]) : 1).run();
  return 0;
}
