// The record reader: however WAL is cut into chunks, the same records and the same error come out, and
// reading resumed after any record gives what followed it.
#include "fuzz/require.h"
#include "fuzz/wal_input.h"

namespace walkit::fuzz {
namespace {

using test::ReadLog;

void require_same(const ReadLog& whole, const ReadLog& chunked, const char* how) {
  if (whole == chunked) return;
  std::fprintf(stderr, "whole:  %s\n%s: %s\n", to_string(whole).c_str(), how, to_string(chunked).c_str());
  require(false, "the same records and error for any chunks");
}

/// Resumes after the record in the middle.
void check_resume(const test::WalInMemory& wal, const ReadLog& whole) {
  if (whole.records.empty()) return;
  const std::size_t after = whole.records.size() / 2;
  const test::RecordPrint& last = whole.records[after];
  Reader reader(wal.geometry, *wal.format);
  reader.resume(last.end, last.lsn, last.timeline);
  ReadLog log;
  log.records.assign(whole.records.begin(), whole.records.begin() + static_cast<std::ptrdiff_t>(after) + 1);
  log.end =
      drive(reader, wal, {}, [&](const Record& record) { log.records.push_back(test::print_of(record)); });
  if (log.end != ReadStatus::need_more) log.error = reader.error();
  log.pending_record = reader.pending_record();
  require_same(whole, log, "resumed");
}

void check(const WalInput& input) {
  const ReadLog whole = read_all(input.wal);
  require_same(whole, read_all(input.wal, test::random_sizes(input.seed)), "chunks");
  constexpr std::size_t kSmall = 1536;  // byte by byte takes long
  if (input.bytes.size() <= kSmall) require_same(whole, read_all(input.wal, test::single_bytes()), "bytes");
  check_resume(input.wal, whole);
  if (whole.end == ReadStatus::corrupt || whole.end == ReadStatus::end_of_wal)
    require(!error_text(whole.error, {input.wal.format->major, input.wal.geometry, {1}}).empty(),
            "every error has a message");
}

}  // namespace
}  // namespace walkit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace walkit;
  constexpr std::size_t kLargest = std::size_t{1} << 18;
  if (size < fuzz::kWalInputHeaderSize || size > kLargest) return 0;
  fuzz::check(fuzz::parse_wal_input(std::as_bytes(std::span(data, size))));
  return 0;
}
