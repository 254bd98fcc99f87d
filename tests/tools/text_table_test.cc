#include "tools/text_table.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

TEST(TextTable, ColumnsAreAsWideAsTheirWidestCell) {
  TextTable table({{"name", Align::left}, {"size"}, {"note", Align::left}});
  table.add_row({"a", "1.0 KiB", "x"});
  table.add_row({"longer", "2 B"});
  TextBuffer out;
  table.append_to(out);
  EXPECT_EQ(out.view(),
            "name       size  note\n"
            "a       1.0 KiB  x\n"
            "longer      2 B\n");
}

}  // namespace
}  // namespace walkit
