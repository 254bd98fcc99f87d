#include "tools/cmd_feed.h"

#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "feed/feed_decoder.h"
#include "feed/io/data_directory_reader.h"
#include "feed/io/file_sink.h"
#include "feed/io/iconv_decoder.h"
#include "feed/io/temporary_file_spill.h"
#include "tools/feed_arguments.h"
#include "tools/interrupt.h"
#include "tools/repository_input.h"
#include "tools/wal_input.h"
#include "walreader/page.h"

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

std::string temporary_directory() {
  const char* directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/tmp";
}

/// All that stands between records and lines.
class Pipeline {
 public:
  Pipeline(DataDirectoryReader& directory, std::unique_ptr<Catalog> catalog, FileSink& sink,
           const FeedArguments& arguments)
      : catalog_(std::move(catalog)),
        pages_(page_spill_, &directory.pages()),
        format_(make_line_format(arguments.format, sink)),
        decoder_({.catalog = *catalog_,
                  .pages = pages_,
                  .base = &directory.pages(),
                  .log = directory.transactions(),
                  .buffer = buffer_,
                  .decoders = decoders_,
                  .sink = *format_},
                 arguments.filter, directory.control().system_identifier) {
    buffer_.set_first_complete(directory.control().next_xid);
  }

  FeedDecoder& decoder() { return decoder_; }
  LineFormat& format() { return *format_; }

 private:
  TemporaryFileSpill page_spill_{temporary_directory()};
  TemporaryFileSpill change_spill_{temporary_directory()};
  std::unique_ptr<Catalog> catalog_;
  PageTable pages_;
  TransactionBuffer buffer_{change_spill_, kTransactionBytes};
  SystemDecoders decoders_;
  std::unique_ptr<LineFormat> format_;
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
    if (!open_input()) return kExitInput;
    if (const auto opened = open_sink(); !opened) return fail(opened.error());
    auto catalog = directory_->read_catalog();
    if (!catalog) return fail(catalog.error());
    Pipeline pipeline(*directory_, *std::move(catalog), *sink_, arguments_);
    return decode(pipeline);
  }

 private:
  int fail(std::string_view text) const {
    messages_.error(text);
    return kExitInput;
  }

  bool open_input();
  bool is_of_this_cluster() const;
  std::expected<void, std::string> open_sink();
  int decode(Pipeline& pipeline);
  int conclude(const DecodeResult& result, Pipeline& pipeline) const;
  std::expected<void, std::string> tell_skipped(LineFormat& format) const;

  FeedArguments arguments_;
  Messages& messages_;
  std::unique_ptr<DataDirectoryReader> directory_;
  std::optional<WalInput> input_;
  std::unique_ptr<FileSink> sink_;
  std::optional<Lsn> skipped_from_;  // where the run before ended, if that is before the catalog's start
};

bool Feed::open_input() {
  InputRequest request{.operands = arguments_.operands,
                       .path = std::nullopt,
                       .timeline = std::nullopt,
                       .start = directory_->start(),
                       .end = arguments_.end,
                       .jobs = 1,
                       .fixed_dialect = true};
  if (request.operands.empty() && !arguments_.archive) request.operands = {arguments_.catalog + "/pg_wal"};
  input_ = arguments_.archive ? open_repository_input(*arguments_.archive, request, messages_)
                              : open_wal_input(request, messages_);
  if (!input_) return false;
  if (input_->format == nullptr || input_->format->major != directory_->major()) {
    messages_.error(fmt::format("the WAL is not that of PostgreSQL {}, which \"{}\" belongs to",
                                directory_->control().major, arguments_.catalog));
    return false;
  }
  if (is_of_this_cluster()) return true;
  messages_.error(
      fmt::format("the WAL is not that of the server that \"{}\" belongs to", arguments_.catalog));
  return false;
}

bool Feed::is_of_this_cluster() const {
  const Geometry geometry = input_->source->geometry();
  std::array<std::byte, kLongPageHeaderSize> bytes;
  const Lsn start = geometry.segment_start(geometry.segment_of(directory_->start()));
  for (std::size_t size = 0; size < bytes.size();) {
    const auto read = input_->source->read_at(start + size, std::span(bytes).subspan(size));
    if (!read) return true;  // which is said when it is read
    size += *read;
  }
  return parse_page_header(bytes).system_identifier == directory_->control().system_identifier;
}

std::expected<void, std::string> Feed::open_sink() {
  FeedState state{
      .system_identifier = directory_->control().system_identifier, .position = {}, .sink_bytes = 0};
  bool resumed = false;
  if (!arguments_.state.empty()) {
    const auto saved = read_feed_state(arguments_.state);
    if (!saved) return std::unexpected(saved.error());
    if (*saved && (*saved)->system_identifier != state.system_identifier)
      return std::unexpected(
          fmt::format("file \"{}\" is the state of a feed of another server", arguments_.state));
    resumed = saved->has_value();
    state = saved->value_or(state);
  }
  if (state.position < directory_->start()) skipped_from_ = state.position;
  arguments_.filter.start = std::max(arguments_.filter.start, state.position);
  auto sink = FileSink::open(arguments_.sink, arguments_.state, state, resumed);
  if (!sink) return std::unexpected(std::move(sink).error());
  sink_ = *std::move(sink);
  return {};
}

int Feed::decode(Pipeline& pipeline) {
  stop_on_interrupt();
  if (const auto told = tell_skipped(pipeline.format()); !told) return fail(told.error());
  FeedConsumer consumer(pipeline.decoder());
  const DecodeRange range{directory_->start(), input_->range.end};
  const DecodeResult result = decode_in_order(*input_->source, *input_->format, range, 1, consumer);
  if (!consumer.applied()) return fail(consumer.applied().error());
  const int status = conclude(result, pipeline);
  if (const auto flushed = pipeline.format().flush(); !flushed) return fail(flushed.error());
  if (const auto synced = sink_->sync(); !synced) return fail(synced.error());
  return skipped_from_ ? std::max(status, kExitDamage) : status;
}

// A newer catalog than the run before had cannot give what committed between them.
std::expected<void, std::string> Feed::tell_skipped(LineFormat& format) const {
  if (!skipped_from_) return {};
  messages_.error(fmt::format(
      "file \"{}\" says {}, but with \"{}\" the feed begins at {}: what is between is missing",
      arguments_.state, to_string(*skipped_from_), arguments_.catalog, to_string(directory_->start())));
  return format.gap(*skipped_from_, directory_->start(), "later catalog");
}

// What stopped the reading short, on stderr and in the stream, and the exit status.
int Feed::conclude(const DecodeResult& result, Pipeline& pipeline) const {
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
  const auto told = pipeline.format().gap(last, {}, reason);
  return told ? kExitDamage : fail(told.error());
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
