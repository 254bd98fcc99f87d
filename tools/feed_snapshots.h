// When a feed with a state takes snapshots, and that they are never ahead of what was delivered.
#pragma once

#include <functional>

#include "feed/io/snapshot_file.h"

namespace walkit {

/// Borrows the decoder. One thread at a time.
class FeedSnapshots {
 public:
  /// Hands on all events and makes them durable: what had committed before the position it gives was
  /// delivered.
  using Deliver = std::function<std::expected<Lsn, std::string>()>;

  /// `every`: at most one in so many bytes of WAL.
  FeedSnapshots(std::string path, std::uint64_t every, Lsn base_start, FeedDecoder& decoder, Deliver deliver)
      : path_(std::move(path)),
        every_bytes_(every),
        base_start_(base_start),
        decoder_(decoder),
        deliver_(std::move(deliver)) {}

  /// After each record: takes one behind a checkpoint, where the least has to be read again from, unless the
  /// last was not long ago.
  std::expected<void, std::string> after(const Record& record);
  /// Takes one where the decoder is, if there is anything new.
  std::expected<void, std::string> take();
  /// WAL is missing: nobody is to go on with what is known now, nor with what was before.
  std::expected<void, std::string> give_up();

 private:
  std::string path_;
  std::uint64_t every_bytes_;
  Lsn base_start_;
  FeedDecoder& decoder_;
  Deliver deliver_;
  Lsn last_;
  std::uint64_t last_bytes_ = 0;
  bool begun_ = false;  // one of this run was taken
  bool given_up_ = false;
};

}  // namespace walkit
