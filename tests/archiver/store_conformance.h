// What every store must do, whatever it is made of; the tests are in store_conformance_test.cc. Any file of
// the same program can have its store tested:
//
//     INSTANTIATE_TEST_SUITE_P(Mine, StoreConformance, testing::Values(StoreUnderTest{"mine", make_it}),
//     name_of);
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "archiver/store.h"
#include "tests/archiver/store_expectations.h"
#include "tests/segments/test_files.h"

namespace walkit {

struct StoreUnderTest {
  std::string name;
  /// Makes a store that is empty; `directory` is an empty one that it may use.
  std::function<std::unique_ptr<Store>(const std::string& directory)> make;

  friend std::ostream& operator<<(std::ostream& out, const StoreUnderTest& store) {
    return out << store.name;
  }
};

inline std::string name_of(const testing::TestParamInfo<StoreUnderTest>& info) { return info.param.name; }

class StoreConformance : public testing::TestWithParam<StoreUnderTest> {
 protected:
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

  Bytes content(std::string_view name) {
    auto bytes = read_object(*store_, name, kMaxBytes);
    EXPECT_TRUE(bytes.has_value()) << bytes.error().text;
    return bytes.value_or(Bytes());
  }
  void write(std::string_view name, std::size_t size = 100, std::uint32_t seed = 1) {
    EXPECT_DONE(write_object(*store_, name, pattern(size, seed)));
  }
  std::vector<std::string> listed(std::string_view directory) {
    std::vector<std::string> names;
    const auto objects = store_->list(directory);
    EXPECT_TRUE(objects.has_value()) << objects.error().text;
    if (objects)
      for (const ListedObject& object : *objects) names.push_back(object.name);
    return names;
  }
  std::vector<std::string> directories(std::string_view directory) {
    auto names = store_->list_directories(directory);
    EXPECT_TRUE(names.has_value()) << names.error().text;
    return names.value_or(std::vector<std::string>());
  }

  TempDirectory directory_;
  std::unique_ptr<Store> store_ = GetParam().make(directory_.path());
};

}  // namespace walkit
