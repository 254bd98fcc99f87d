// Text whose last piece comes first. What exceeds a block waits in a SpillStore.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "feed/change_log.h"
#include "feed/line_format.h"

namespace walkit {

/// Borrows the store, which nothing else may use. One thread at a time. Errors come from it or from the sink.
class ReversedText {
 public:
  explicit ReversedText(SpillStore& store) : space_(store) {}

  /// Puts `piece` before all that is here.
  std::expected<void, std::string> prepend(std::string_view piece);
  /// Hands on all of it.
  std::expected<void, std::string> write(LineSink& sink);

 private:
  std::string_view in_memory() const { return std::string_view(block_).substr(start_); }
  std::expected<void, std::string> spill(std::string_view text);

  SpillSpace space_;
  std::string block_;      // filled from its end to its front
  std::size_t start_ = 0;  // of what it holds
  std::vector<SpillSpace::Extent> spilled_;
};

}  // namespace walkit
