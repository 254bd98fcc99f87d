// Descriptions of records of every type with any contents: text of bounded size, valid JSON, and the same
// whether the record lies in one piece or in several.
#include <algorithm>
#include <memory>

#include "fuzz/record_input.h"
#include "fuzz/require.h"
#include "tests/support/strict_json.h"
#include "tests/support/utc.h"
#include "walreader/json_sink.h"
#include "walreader/record_counts.h"
#include "walreader/text_sink.h"

namespace walkit::fuzz {
namespace {

constexpr Lsn kLsn{0x1000028};

struct Output {
  BodyError error;
  std::string text;
  std::string json;
};

Output describe_all(std::span<const ByteSpan> fragments, std::size_t size, Major major) {
  Output output;
  Record record;
  output.error = record.decode(fragments, kLsn, kLsn + size, TimelineId{1}, format_of(major));
  if (output.error.fault != BodyFault::none) return output;
  test::UtcTime utc;
  TextBuffer text;
  append_record(text, record, BlockDetails::full, utc);
  TextBuffer json;
  append_record_json(json, record);
  output.text = text.view();
  output.json = json.view();
  return output;
}

/// Pieces of memory of their own, each ending where its allocation does.
class Pieces {
 public:
  void add(ByteSpan bytes) {
    memory_.push_back(std::make_unique_for_overwrite<std::byte[]>(bytes.size()));
    std::ranges::copy(bytes, memory_.back().get());
    spans_.emplace_back(memory_.back().get(), bytes.size());
  }
  std::span<const ByteSpan> spans() const { return spans_; }

 private:
  std::vector<std::unique_ptr<std::byte[]>> memory_;
  std::vector<ByteSpan> spans_;
};

void check(const RecordInput& input) {
  const ByteSpan bytes = input.record;
  Pieces whole;
  whole.add(bytes);
  const Output output = describe_all(whole.spans(), bytes.size(), input.major);

  // cut where a page's end could be: anywhere
  const std::size_t first = 8 + bytes.size() / 3 % (bytes.size() - 8);
  Pieces cut;
  cut.add(bytes.first(first));
  cut.add(bytes.subspan(first, (bytes.size() - first) / 2));
  cut.add(bytes.subspan(first + (bytes.size() - first) / 2));
  const Output in_pieces = describe_all(cut.spans(), bytes.size(), input.major);

  require(output.error.fault == in_pieces.error.fault, "the same fault in one piece and in several");
  if (output.error.fault != BodyFault::none) return;
  require(output.text == in_pieces.text, "the same text in one piece and in several");
  require(output.json == in_pieces.json, "the same JSON in one piece and in several");
  require(output.text.ends_with('\n') && output.json.ends_with('\n'), "output ends with a newline");
  require(std::ranges::count(output.json, '\n') == 1, "JSON is one line");
  require(output.text.size() + output.json.size() <= 8192 + 128 * bytes.size(), "output of bounded size");
  const std::string complaint = test::json_complaint(output.json);
  if (!complaint.empty()) std::fprintf(stderr, "%s\n%s\n", complaint.c_str(), output.json.c_str());
  require(complaint.empty(), "valid JSON");
}

}  // namespace
}  // namespace walkit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace walkit;
  constexpr std::size_t kLargest = std::size_t{1} << 16;
  if (size > kLargest) return 0;
  fuzz::check(fuzz::parse_record_input(std::as_bytes(std::span(data, size))));
  return 0;
}
