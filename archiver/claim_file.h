// The right to put a file in place where the file system has no other way to refuse replacing one.
#pragma once

#include <expected>
#include <string>

#include "segments/unique_fd.h"

namespace walkit {

/// Holds the file ".NAME.claim", made exclusively, for as long as it lives. A claim whose maker has died is
/// taken over: at once if it died on this host having said so in the claim, otherwise
/// after a minute.
class Claim {
 public:
  /// Waits a moment for others. The error is an errno; EBUSY: somebody else kept it.
  static std::expected<Claim, int> take(int directory, const std::string& name);

  Claim(Claim&&) noexcept = default;
  Claim& operator=(Claim&&) = delete;
  ~Claim();

  static std::string file_name(const std::string& name);

 private:
  Claim(int directory, std::string file_name, UniqueFd file)
      : directory_(directory), file_name_(std::move(file_name)), file_(std::move(file)) {}

  int directory_;  ///< borrowed
  std::string file_name_;
  UniqueFd file_;
};

}  // namespace walkit
