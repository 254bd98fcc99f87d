#include "tools/cmd_feed.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <string>

#include "feed/feed_decoder.h"
#include "feed/io/file_sink.h"
#include "feed/io/kafka_sink.h"
#include "feed/io/replaced_file.h"
#include "feed/io/temporary_file_spill.h"
#include "feed/undo_script.h"
#include "tools/feed_arguments.h"
#include "tools/feed_input.h"
#include "tools/feed_reader.h"
#include "tools/feed_snapshots.h"
#include "tools/interrupt.h"
#include "tools/kafka_module.h"
#include "tools/opened_catalog.h"
#include "tools/system_decoders.h"

namespace walkit {
namespace {

constexpr int kExitDone = 0;
constexpr int kExitDamage = 1;
constexpr int kExitUsage = 2;
constexpr int kExitInput = 3;

constexpr std::size_t kTransactionBytes = std::size_t{64} << 20;

/// All that stands between records and events.
class Pipeline {
 public:
  explicit Pipeline(FeedOrigin& origin) : origin_(origin), pages_(page_spill_, origin.base()) {}

  std::expected<void, std::string> open(EventSink& events, const FeedFilter& filter) {
    auto catalog = origin_.read_catalog(pages_);
    if (!catalog) return std::unexpected(std::move(catalog).error());
    catalog_ = *std::move(catalog);
    decoder_.emplace(FeedParts{.catalog = *catalog_,
                               .pages = pages_,
                               .base = origin_.base(),
                               .log = origin_.log(),
                               .buffer = buffer_,
                               .decoders = decoders_,
                               .sink = events},
                     filter, origin_.system_identifier());
    if (origin_.snapshot() != nullptr) return origin_.snapshot()->read_rest(*decoder_);
    DataDirectoryReader& start = *origin_.directory();
    buffer_.set_first_complete(start.control().next_xid);
    for (const Xid xid : start.transactions().prepared()) buffer_.prepare(xid, {}, {});
    return {};
  }

  FeedDecoder& decoder() { return *decoder_; }

 private:
  FeedOrigin& origin_;
  TemporaryFileSpill page_spill_{temporary_directory()};
  TemporaryFileSpill change_spill_{temporary_directory()};
  std::unique_ptr<Catalog> catalog_;
  PageTable pages_;
  TransactionBuffer buffer_{change_spill_, kTransactionBytes};
  SystemDecoders decoders_;
  std::optional<FeedDecoder> decoder_;
};

/// What is read, to the decoder; what that makes of it, to the sink before there is a long wait.
class FeedTaker final : public RecordTaker {
 public:
  /// `snapshots` may be nullptr.
  FeedTaker(FeedDecoder& decoder, FeedSnapshots* snapshots, EventSink& events, DurableSink& sink,
            const Messages& messages)
      : decoder_(decoder), snapshots_(snapshots), events_(events), sink_(sink), messages_(messages) {}

  void along(const TimelineHistory& history) override {
    // A timeline that was not the first, without a history: where it began only the pages know.
    if (history.spans().size() > 1 || history.timeline().value == 1) decoder_.set_history(history);
  }
  Result record(const Record& record) override {
    auto applied = decoder_.apply(record);
    if (applied && snapshots_ != nullptr) applied = snapshots_->after(record);
    if (decoder_.full_page_writes_off() && !told_images_off_) tell_images_off(record.lsn());
    return applied;
  }
  Result gap(Lsn from, Lsn to, std::string_view reason) override {
    if (snapshots_ != nullptr)
      if (auto gone = snapshots_->give_up(); !gone) return gone;
    return decoder_.gap(from, to, reason);
  }
  Result caught_up() override {
    if (auto flushed = events_.flush(); !flushed) return flushed;
    return sink_.synced() ? Result{} : sink_.sync();
  }

 private:
  void tell_images_off(Lsn at) {
    told_images_off_ = true;
    messages_.warning(fmt::format(
        "full_page_writes was off at {}: pages that are not known by then stay unknown", to_string(at)));
  }

  FeedDecoder& decoder_;
  FeedSnapshots* snapshots_;
  EventSink& events_;
  DurableSink& sink_;
  const Messages& messages_;
  bool told_images_off_ = false;
};

class Feed {
 public:
  Feed(FeedArguments arguments, Messages& messages) : arguments_(std::move(arguments)), messages_(messages) {}

  int run() {
    if (const auto opened = open_origin(); !opened) return fail(opened.error());
    input_ = open_feed_input(*origin_, origin_->start(), arguments_, messages_);
    if (!input_) return kExitInput;
    if (const auto begun = begin_at_checkpoint(*origin_, *input_); !begun) return fail(begun.error());
    if (const auto opened = open_sink(); !opened) return fail(opened.error());
    Pipeline pipeline(*origin_);
    if (const auto opened = pipeline.open(events(), arguments_.filter); !opened) return fail(opened.error());
    return decode(pipeline.decoder());
  }

 private:
  int fail(std::string_view text) const {
    messages_.error(text);
    if (!hint_.empty()) messages_.hint(hint_);
    return kExitInput;
  }

  std::expected<void, std::string> open_origin();
  std::expected<void, std::string> open_sink();
  std::expected<void, std::string> open_kafka(const FeedState& state);
  EventSink& events() { return undo_ ? static_cast<EventSink&>(*undo_) : *format_; }
  int decode(FeedDecoder& decoder);
  std::function<std::expected<Lsn, std::string>()> ask_flush_position() const;
  int conclude(const DecodeResult& result);
  int tell_left_out() const;
  std::expected<void, std::string> tell_skipped();
  std::expected<Lsn, std::string> deliver();
  int tell_short(const FeedDecoder& decoder) const;

  FeedArguments arguments_;
  Messages& messages_;
  std::string hint_;                // for what failed
  std::optional<FeedState> saved_;  // of the run that is gone on with
  std::optional<FeedOrigin> origin_;
  std::optional<WalInput> input_;
  std::unique_ptr<DurableSink> sink_;
  std::unique_ptr<EventSink> format_;  // or
  TemporaryFileSpill script_spill_{temporary_directory()};
  std::optional<UndoScript> undo_;
  std::optional<Lsn> skipped_from_;  // where the run before ended, if that is before the catalog's start
};

// A snapshot without its state is of a run that nobody goes on with.
std::expected<void, std::string> Feed::open_origin() {
  std::unique_ptr<SnapshotFile> resumed;
  if (!arguments_.state.empty()) {
    auto saved = read_feed_state(arguments_.state);
    if (!saved) return std::unexpected(std::move(saved).error());
    saved_ = *saved;
  }
  if (saved_ && saved_->sink != arguments_.sink)
    return std::unexpected(fmt::format("file \"{}\" is the state of a feed to \"{}\", not to \"{}\"",
                                       arguments_.state, saved_->sink, arguments_.sink));
  if (saved_) {
    auto snapshot = SnapshotFile::open(snapshot_path_of(arguments_.state));
    if (!snapshot) return std::unexpected(std::move(snapshot).error());
    resumed = *std::move(snapshot);
  }
  if (arguments_.catalog.empty() && resumed == nullptr)
    return std::unexpected(
        fmt::format("--catalog is required: there is no state \"{}\" with a snapshot", arguments_.state));
  if (resumed != nullptr && saved_->position < resumed->header().delivered)
    return std::unexpected(
        fmt::format("file \"{}\" is of a later run than file \"{}\"", resumed->path(), arguments_.state));
  auto origin = FeedOrigin::open(arguments_.catalog, std::move(resumed));
  if (!origin) return std::unexpected(std::move(origin).error());
  origin_ = *std::move(origin);
  if (!saved_ || saved_->system_identifier == origin_->system_identifier()) return {};
  return std::unexpected(
      fmt::format("file \"{}\" is the state of a feed of another server", arguments_.state));
}

std::expected<void, std::string> Feed::open_sink() {
  if (!arguments_.state.empty() && !saved_)
    if (auto removed = remove_durably(snapshot_path_of(arguments_.state)); !removed) return removed;
  const bool resumed = saved_ || arguments_.undo;  // at its beginning: a script takes the place of another
  const FeedState state = saved_.value_or(FeedState{origin_->system_identifier(), {}, 0, arguments_.sink});
  if (origin_->snapshot() == nullptr && state.position.valid() && state.position < origin_->position())
    skipped_from_ = state.position;
  arguments_.filter.start = std::max(arguments_.filter.start, state.position);
  if (arguments_.kafka) return open_kafka(state);
  auto sink = FileSink::open(arguments_.sink, arguments_.state, state, resumed);
  if (!sink) return std::unexpected(std::move(sink).error());
  if (arguments_.undo) {
    undo_.emplace(script_spill_, **sink);
  } else {
    format_ = make_line_format(arguments_.format, **sink);
  }
  sink_ = *std::move(sink);
  return {};
}

std::expected<void, std::string> Feed::open_kafka(const FeedState& state) {
  auto broker = load_kafka_module();
  if (!broker) {
    hint_ = broker.error().hint;
    return std::unexpected(std::move(broker).error().text);
  }
  TopicNames topics(arguments_.kafka->prefix, arguments_.format != FeedFormat::debezium);
  auto sink = KafkaSink::open(*std::move(broker), {arguments_.kafka->brokers, arguments_.kafka_properties},
                              std::move(topics), arguments_.state, state);
  if (!sink) return std::unexpected(std::move(sink).error());
  format_ = std::make_unique<EventMessages>(arguments_.format, **sink);
  sink_ = *std::move(sink);
  return {};
}

std::expected<Lsn, std::string> Feed::deliver() {
  if (auto finished = events().finish(); !finished) return std::unexpected(std::move(finished).error());
  if (auto synced = sink_->sync(); !synced) return std::unexpected(std::move(synced).error());
  return sink_->position();
}

int Feed::decode(FeedDecoder& decoder) {
  stop_on_interrupt();
  stop_on_termination();
  if (const auto told = tell_skipped(); !told) return fail(told.error());
  if (decoder.filter_changed())
    messages_.warning(fmt::format(
        "\"{}\" was made with other filters: transactions that were running are partial", origin_->name()));
  std::optional<FeedSnapshots> snapshots;
  if (!arguments_.state.empty() && !arguments_.filter.leaves_commits_out())
    snapshots.emplace(snapshot_path_of(arguments_.state), arguments_.snapshot_every_bytes,
                      origin_->base_start(), decoder, [this] { return deliver(); });
  FeedTaker taker(decoder, snapshots ? &*snapshots : nullptr, events(), *sink_, messages_);
  const FeedReading how{.follow = arguments_.follow,
                        .keep_going = arguments_.keep_going,
                        .other_timelines = !arguments_.timeline,
                        .patience = arguments_.timeout,
                        .flush_position = ask_flush_position()};
  const auto read = read_for_feed(*input_, how, taker, messages_);
  if (!read) return fail(read.error());
  if (undo_ && interrupted()) return fail("interrupted: a script without the newest changes would be wrong");
  int status = conclude(read->result);
  if (status == kExitDone) status = tell_short(decoder);
  if (read->skipped) status = std::max(status, kExitDamage);
  if (const auto delivered = deliver(); !delivered) return fail(delivered.error());
  if (snapshots)
    if (const auto taken = snapshots->take(); !taken) return fail(taken.error());
  return std::max({status, tell_left_out(), skipped_from_ ? kExitDamage : kExitDone});
}

// WAL that ends before what was read of it earlier is not all there is.
int Feed::tell_short(const FeedDecoder& decoder) const {
  const bool is_short = decoder.position() < origin_->position() && origin_->snapshot() != nullptr;
  if (!is_short || interrupted()) return kExitDone;
  return fail(fmt::format("the WAL ends at {}, but \"{}\" goes on at {}", to_string(decoder.position()),
                          origin_->name(), to_string(origin_->position())));
}

// Whoever names a server, be it for its catalogs, lets it say how far its WAL can be read.
std::function<std::expected<Lsn, std::string>()> Feed::ask_flush_position() const {
  const bool running = is_connection(arguments_.catalog);
  if (!running && !arguments_.connection) return {};
  return follow_server_wal(arguments_.connection.value_or(arguments_.catalog), origin_->system_identifier());
}

// A newer catalog than the run before had cannot give what committed between them.
std::expected<void, std::string> Feed::tell_skipped() {
  if (!skipped_from_) return {};
  messages_.error(fmt::format(
      "file \"{}\" says {}, but with \"{}\" the feed begins at {}: what is between is missing",
      arguments_.state, to_string(*skipped_from_), arguments_.catalog, to_string(origin_->start())));
  return events().gap(*skipped_from_, origin_->start(), "later catalog");
}

// What stopped the reading short, on stderr and in the stream, and the exit status.
int Feed::conclude(const DecodeResult& result) {
  if (interrupted()) return kExitDone;
  const Lsn last = std::max(result.position, origin_->position());
  if (result.why == DecodeEnd::corrupt) {
    messages_.error(fmt::format("error in WAL record at {}: {}", to_string(result.last),
                                reading_error_text(result, *input_, messages_.major())));
  } else if (result.why == DecodeEnd::source) {
    messages_.error(reading_error_text(result, *input_, messages_.major()));
  } else if (!result.first.valid()) {
    messages_.error(fmt::format("could not find a valid record after {}", to_string(origin_->start())));
    return kExitDamage;
  } else if (result.why == DecodeEnd::end_of_wal && last < input_->written_to) {
    messages_.error(fmt::format("WAL ends at {}, but the server wrote it up to {}", to_string(last),
                                to_string(input_->written_to)));
  } else {
    return kExitDone;
  }
  const auto told = events().gap(last, {}, gap_reason(result));
  return told ? kExitDamage : fail(told.error());
}

int Feed::tell_left_out() const {
  if (!undo_ || undo_->left_out().empty()) return kExitDone;
  for (const auto& [what, count] : undo_->left_out())
    messages_.warning(fmt::format("not taken back, {} time{}: {}", count, count == 1 ? "" : "s", what));
  return kExitDamage;
}

}  // namespace

int run_feed(int argc, char** argv) {
  Messages messages("walkit", "walkit feed");
  const auto parsed = parse_command_line(Command::feed, argc, argv, messages);
  if (!parsed) return parsed.error();
  auto arguments = read_feed_arguments(*parsed);
  if (!arguments) {
    messages.error(arguments.error());
    messages.usage_hint();
    return kExitUsage;
  }
  return Feed(*std::move(arguments), messages).run();
}

}  // namespace walkit
