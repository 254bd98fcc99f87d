#include "tools/cmd_feed.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>

#include "feed/feed_decoder.h"
#include "feed/io/data_directory_reader.h"
#include "feed/io/file_sink.h"
#include "feed/io/iconv_decoder.h"
#include "feed/io/temporary_file_spill.h"
#include "feed/undo_script.h"
#include "tools/feed_arguments.h"
#include "tools/feed_input.h"
#include "tools/interrupt.h"

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

// Nothing is made of units: each record is wanted in its turn.
class NoOutput final : public UnitOutput {
 public:
  void add(const Record&) override {}
  void clear() override {}
};

class FeedConsumer final : public RecordConsumer {
 public:
  explicit FeedConsumer(FeedDecoder& decoder) : decoder_(decoder) {}

  void begin(Lsn) override {}
  bool record(const Record& record) override {
    applied_ = decoder_.apply(record);
    return applied_ && !interrupted();
  }
  std::unique_ptr<UnitOutput> make_output() override { return std::make_unique<NoOutput>(); }
  bool take(UnitOutput&, Lsn) override { return false; }

  const std::expected<void, std::string>& applied() const { return applied_; }

 private:
  FeedDecoder& decoder_;
  std::expected<void, std::string> applied_;
};

class Feed {
 public:
  Feed(FeedArguments arguments, Messages& messages) : arguments_(std::move(arguments)), messages_(messages) {}

  int run() {
    auto directory = DataDirectoryReader::open(arguments_.catalog);
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
    return kExitInput;
  }

  std::expected<void, std::string> open_sink();
  EventSink& events() { return undo_ ? static_cast<EventSink&>(*undo_) : *format_; }
  int decode(FeedDecoder& decoder);
  int conclude(const DecodeResult& result);
  int tell_left_out() const;
  std::expected<void, std::string> tell_skipped();

  FeedArguments arguments_;
  Messages& messages_;
  std::unique_ptr<DataDirectoryReader> directory_;
  std::optional<WalInput> input_;
  std::unique_ptr<FileSink> sink_;
  std::unique_ptr<LineFormat> format_;  // or
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
  auto sink = FileSink::open(arguments_.sink, arguments_.state, state, resumed);
  if (!sink) return std::unexpected(std::move(sink).error());
  sink_ = *std::move(sink);
  if (arguments_.undo) {
    undo_.emplace(script_spill_, *sink_);
  } else {
    format_ = make_line_format(arguments_.format, *sink_);
  }
  return {};
}

int Feed::decode(FeedDecoder& decoder) {
  stop_on_interrupt();
  if (const auto told = tell_skipped(); !told) return fail(told.error());
  FeedConsumer consumer(decoder);
  const DecodeRange range{directory_->start(), input_->range.end};
  const DecodeResult result = decode_in_order(*input_->source, *input_->format, range, 1, consumer);
  if (!consumer.applied()) return fail(consumer.applied().error());
  if (undo_ && interrupted()) return fail("interrupted: a script without the newest changes would be wrong");
  const int status = conclude(result);
  if (const auto finished = events().finish(); !finished) return fail(finished.error());
  if (const auto synced = sink_->sync(); !synced) return fail(synced.error());
  return std::max({status, tell_left_out(), skipped_from_ ? kExitDamage : kExitDone});
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
  const Lsn last = result.position.valid() ? result.position : directory_->start();
  std::string_view reason;
  if (result.why == DecodeEnd::corrupt) {
    const ErrorContext context{input_->format->major, input_->source->geometry(), input_->source->timeline()};
    messages_.error(fmt::format("error in WAL record at {}: {}", to_string(result.last),
                                error_text(result.error, context)));
    reason = "damaged WAL";
  } else if (result.why == DecodeEnd::source) {
    const bool was_all =
        input_->ends_with_file && result.source_error->kind == SourceError::Kind::segment_missing;
    if (was_all) return kExitDone;
    messages_.error(source_error_text(*result.source_error, *input_, messages_.major()));
    reason = "missing WAL";
  } else if (!result.first.valid()) {
    messages_.error(fmt::format("could not find a valid record after {}", to_string(directory_->start())));
    return kExitDamage;
  } else {
    return kExitDone;
  }
  const auto told = events().gap(last, {}, reason);
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
