// Lines to a file or standard output, and how far they are durable.
//
// With a state file, the position after the last whole transaction is written there, durably and never before
// the lines are: whoever starts again cuts the file back to what the state says, and goes on behind the
// position. No event is lost, and none is in the file twice.
#pragma once

#include <memory>
#include <optional>

#include "feed/io/durable_sink.h"
#include "feed/line_format.h"
#include "segments/unique_fd.h"

namespace walkit {

/// A value; what the state file holds.
struct FeedState {
  std::uint64_t system_identifier = 0;
  Lsn position;                  ///< everything that committed before it was delivered
  std::uint64_t sink_bytes = 0;  ///< of a sink that is a file; 0 of others
  std::string sink = {};         ///< as it was named; it is of no other's events
  bool operator==(const FeedState&) const = default;
};

/// nullopt if there is no such file; an error, in one line, if it is not one of these or cannot be read.
std::expected<std::optional<FeedState>, std::string> read_feed_state(const std::string& path);
/// Replaces the file durably, in one step.
std::expected<void, std::string> write_feed_state(const std::string& path, const FeedState& state);

/// One thread at a time.
class FileSink final : public LineSink, public DurableSink {
 public:
  /// `path` is "-" for standard output. `state_path` is empty if no state is to be kept. With `resumed`, a
  /// file is cut back to what the state says; without, lines are added to it and the state begins there.
  static std::expected<std::unique_ptr<FileSink>, std::string> open(std::string path, std::string state_path,
                                                                    const FeedState& state, bool resumed);

  std::expected<void, std::string> write(std::string_view lines, std::size_t complete_bytes,
                                         Lsn complete) override;
  std::expected<void, std::string> sync() override;
  bool synced() const override { return unsynced_bytes_ == 0; }
  Lsn position() const override { return state_.position; }

 private:
  FileSink(std::string path, std::string state_path, const FeedState& state)
      : path_(std::move(path)), state_path_(std::move(state_path)), state_(state) {}
  std::expected<void, std::string> set_size(std::uint64_t present, bool resumed);
  std::unexpected<std::string> failed(std::string_view what) const;

  std::string path_;
  std::string state_path_;
  FeedState state_;  // as of the last transaction that was written whole
  UniqueFd file_;
  bool regular_ = false;
  std::uint64_t size_ = 0;  // of a regular file
  std::uint64_t unsynced_bytes_ = 0;
};

}  // namespace walkit
