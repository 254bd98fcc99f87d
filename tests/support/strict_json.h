// JSON checked more strictly than parsers do.
#pragma once

#include <string>
#include <string_view>

namespace walkit::test {

/// What is wrong with `text` as one JSON value; empty if nothing is. Beyond the grammar (and UTF-8), no
/// object may have the same key twice.
std::string json_complaint(std::string_view text);

}  // namespace walkit::test
