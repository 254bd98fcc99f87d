// Which records a dump shows.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "walreader/record.h"

namespace walkit {

/// Empty criteria pass everything; several values of one are alternatives, different criteria must all hold.
struct RecordFilter {
  std::array<bool, 256> rmgrs{};
  bool by_rmgr = false;
  std::vector<Xid> xids;
  std::vector<RelFileLocator> relations;
  std::optional<BlockNumber> block;
  std::optional<Fork> fork;
  bool with_image = false;
  std::vector<std::string> types;  ///< "INSERT" or "Heap/INSERT", in any case

  /// True if every record passes.
  bool empty() const;
  bool matches(const Record& record) const;

 private:
  bool matches_blocks(const Record& record) const;
  bool matches_type(const Record& record) const;
};

/// Equal but for the case of ASCII letters, as pg_strcasecmp in the C locale.
/// Whether some major has a record type of this name, INSERT or Heap/INSERT.
bool record_type_exists(std::string_view name);

bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace walkit
