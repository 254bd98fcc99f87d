#include "tools/cmd_feed.h"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "feed/feed_decoder.h"
#include "feed/io/data_directory_reader.h"
#include "feed/io/file_sink.h"
#include "feed/io/iconv_decoder.h"
#include "feed/io/kafka_sink.h"
#include "feed/io/temporary_file_spill.h"
#include "feed/undo_script.h"
#include "tools/feed_arguments.h"
#include "tools/feed_input.h"
#include "tools/feed_reader.h"
#include "tools/interrupt.h"
#include "tools/kafka_module.h"
#include "tools/opened_catalog.h"

namespace walkit {
namespace {

constexpr int kExitDone = 0;
constexpr int kExitDamage = 1;
constexpr int kExitUsage = 2;
constexpr int kExitInput = 3;

constexpr std::size_t kTransactionBytes = std::size_t{64} << 20;

/// For an encoding that the system cannot convert.
class AsciiDecoder final : public TextDecoder {
 public:
  bool decode(std::string_view text, std::string& out) const override {
    if (!is_ascii(text)) return false;
    out.append(text);
    return true;
  }
};

class SystemDecoders final : public TextDecoders {
 public:
  const TextDecoder& of(std::int32_t encoding) override {
    std::unique_ptr<TextDecoder>& found = decoders_[encoding];
    if (found == nullptr) {
      auto opened = open_decoder(encoding);
      found = opened ? *std::move(opened) : std::make_unique<AsciiDecoder>();
    }
    return *found;
  }

 private:
  std::map<std::int32_t, std::unique_ptr<TextDecoder>> decoders_;
};

/// All that stands between records and events.
class Pipeline {
 public:
  Pipeline(DataDirectoryReader& directory, std::unique_ptr<Catalog> catalog, EventSink& events,
           const FeedFilter& filter)
      : catalog_(std::move(catalog)),
        pages_(page_spill_, &directory.pages()),
        decoder_({.catalog = *catalog_,
                  .pages = pages_,
                  .base = &directory.pages(),
                  .log = directory.transactions(),
                  .buffer = buffer_,
                  .decoders = decoders_,
                  .sink = events},
                 filter, directory.control().system_identifier) {
    buffer_.set_first_complete(directory.control().next_xid);
  }

  FeedDecoder& decoder() { return decoder_; }

 private:
  TemporaryFileSpill page_spill_{temporary_directory()};
  TemporaryFileSpill change_spill_{temporary_directory()};
  std::unique_ptr<Catalog> catalog_;
  PageTable pages_;
  TransactionBuffer buffer_{change_spill_, kTransactionBytes};
  SystemDecoders decoders_;
  FeedDecoder decoder_;
};

/// What is read, to the decoder; what that makes of it, to the sink before there is a long wait.
class FeedTaker final : public RecordTaker {
 public:
  FeedTaker(FeedDecoder& decoder, EventSink& events, DurableSink& sink, const Messages& messages)
      : decoder_(decoder), events_(events), sink_(sink), messages_(messages) {}

  void along(const TimelineHistory& history) override {
    // A timeline that was not the first, without a history: where it began only the pages know.
    if (history.spans().size() > 1 || history.timeline().value == 1) decoder_.set_history(history);
  }
  Result record(const Record& record) override {
    auto applied = decoder_.apply(record);
    if (decoder_.full_page_writes_off() && !told_images_off_) tell_images_off(record.lsn());
    return applied;
  }
  Result gap(Lsn from, Lsn to, std::string_view reason) override { return decoder_.gap(from, to, reason); }
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
  EventSink& events_;
  DurableSink& sink_;
  const Messages& messages_;
  bool told_images_off_ = false;
};

class Feed {
 public:
  Feed(FeedArguments arguments, Messages& messages) : arguments_(std::move(arguments)), messages_(messages) {}

  int run() {
    auto directory = open_catalog(arguments_.catalog);
    if (!directory) return fail(directory.error());
    directory_ = *std::move(directory);
    input_ = open_feed_input(*directory_, arguments_, messages_);
    if (!input_) return kExitInput;
    if (const auto opened = open_sink(); !opened) return fail(opened.error());
    auto catalog = directory_->read_catalog();
    if (!catalog) return fail(catalog.error());
    Pipeline pipeline(*directory_, *std::move(catalog), events(), arguments_.filter);
    return decode(pipeline.decoder());
  }

 private:
  int fail(std::string_view text) const {
    messages_.error(text);
    if (!hint_.empty()) messages_.hint(hint_);
    return kExitInput;
  }

  std::expected<void, std::string> open_sink();
  std::expected<void, std::string> open_kafka(const FeedState& state);
  EventSink& events() { return undo_ ? static_cast<EventSink&>(*undo_) : *format_; }
  int decode(FeedDecoder& decoder);
  std::function<std::expected<Lsn, std::string>()> ask_flush_position() const;
  int conclude(const DecodeResult& result);
  int tell_left_out() const;
  std::expected<void, std::string> tell_skipped();

  FeedArguments arguments_;
  Messages& messages_;
  std::string hint_;  // for what failed
  std::unique_ptr<DataDirectoryReader> directory_;
  std::optional<WalInput> input_;
  std::unique_ptr<DurableSink> sink_;
  std::unique_ptr<EventSink> format_;  // or
  TemporaryFileSpill script_spill_{temporary_directory()};
  std::optional<UndoScript> undo_;
  std::optional<Lsn> skipped_from_;  // where the run before ended, if that is before the catalog's start
};

std::expected<void, std::string> Feed::open_sink() {
  FeedState state{
      .system_identifier = directory_->control().system_identifier, .position = {}, .sink_bytes = 0};
  bool resumed = arguments_.undo;  // at its beginning: a script takes the place of another
  if (!arguments_.state.empty()) {
    const auto saved = read_feed_state(arguments_.state);
    if (!saved) return std::unexpected(saved.error());
    if (*saved && (*saved)->system_identifier != state.system_identifier)
      return std::unexpected(
          fmt::format("file \"{}\" is the state of a feed of another server", arguments_.state));
    resumed = saved->has_value();
    state = saved->value_or(state);
  }
  if (state.position.valid() && state.position < directory_->start()) skipped_from_ = state.position;
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

int Feed::decode(FeedDecoder& decoder) {
  stop_on_interrupt();
  stop_on_termination();
  if (const auto told = tell_skipped(); !told) return fail(told.error());
  FeedTaker taker(decoder, events(), *sink_, messages_);
  const FeedReading how{.follow = arguments_.follow,
                        .keep_going = arguments_.keep_going,
                        .other_timelines = !arguments_.timeline,
                        .patience = arguments_.timeout,
                        .flush_position = ask_flush_position()};
  const auto read = read_for_feed(*input_, how, taker, messages_);
  if (!read) return fail(read.error());
  if (undo_ && interrupted()) return fail("interrupted: a script without the newest changes would be wrong");
  const int status = std::max(conclude(read->result), read->skipped ? kExitDamage : kExitDone);
  if (const auto finished = events().finish(); !finished) return fail(finished.error());
  if (const auto synced = sink_->sync(); !synced) return fail(synced.error());
  return std::max({status, tell_left_out(), skipped_from_ ? kExitDamage : kExitDone});
}

// Whoever names a server, be it for its catalogs, lets it say how far its WAL can be read.
std::function<std::expected<Lsn, std::string>()> Feed::ask_flush_position() const {
  const bool running = is_connection(arguments_.catalog);
  if (!running && !arguments_.connection) return {};
  return follow_server_wal(arguments_.connection.value_or(arguments_.catalog),
                           directory_->control().system_identifier);
}

// A newer catalog than the run before had cannot give what committed between them.
std::expected<void, std::string> Feed::tell_skipped() {
  if (!skipped_from_) return {};
  messages_.error(fmt::format(
      "file \"{}\" says {}, but with \"{}\" the feed begins at {}: what is between is missing",
      arguments_.state, to_string(*skipped_from_), arguments_.catalog, to_string(directory_->start())));
  return events().gap(*skipped_from_, directory_->start(), "later catalog");
}

// What stopped the reading short, on stderr and in the stream, and the exit status.
int Feed::conclude(const DecodeResult& result) {
  if (interrupted()) return kExitDone;
  const Lsn last = result.position.valid() ? result.position : directory_->start();
  if (result.why == DecodeEnd::corrupt) {
    messages_.error(fmt::format("error in WAL record at {}: {}", to_string(result.last),
                                reading_error_text(result, *input_, messages_.major())));
  } else if (result.why == DecodeEnd::source) {
    messages_.error(reading_error_text(result, *input_, messages_.major()));
  } else if (!result.first.valid()) {
    messages_.error(fmt::format("could not find a valid record after {}", to_string(directory_->start())));
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
