// Words for what a store answered.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "archiver/store.h"

namespace walkit {

using Names = std::vector<std::string>;
using ErrorKind = StoreError::Kind;

/// The kind of an error of one line. The test fails if there was none.
template <typename T>
ErrorKind kind_of(const StoreResult<T>& result) {
  EXPECT_FALSE(result.has_value()) << "succeeded";
  if (!result) {
    EXPECT_FALSE(result.error().text.empty());
    EXPECT_EQ(result.error().text.find('\n'), std::string::npos) << result.error().text;
  }
  return result ? ErrorKind::io : result.error().kind;
}

#define EXPECT_DONE(expression)                         \
  do {                                                  \
    const auto done = (expression);                     \
    EXPECT_TRUE(done.has_value()) << done.error().text; \
  } while (false)

}  // namespace walkit
