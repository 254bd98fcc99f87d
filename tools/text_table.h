// Tables of text whose columns are as wide as what is in them.
#pragma once

#include <string>
#include <vector>

#include "walreader/text_buffer.h"

namespace walkit {

enum class Align : bool { left, right };

struct TableColumn {
  std::string title;
  Align align = Align::right;
};

/// Collects rows, then prints them under their titles.
class TextTable {
 public:
  explicit TextTable(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

  /// One cell a column; missing ones stay empty.
  void add_row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  /// Widths count bytes: cells are ASCII.
  void append_to(TextBuffer& out) const;

 private:
  std::vector<TableColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace walkit
