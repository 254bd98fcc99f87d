#include "tools/text_table.h"

#include <algorithm>

namespace walkit {

void TextTable::append_to(TextBuffer& out) const {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (const TableColumn& column : columns_) {
    titles.push_back(column.title);
    widths.push_back(column.title.size());
  }
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());

  const auto append_row = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths[i] - cells[i].size(), ' ');
      if (i > 0) line += "  ";
      line += columns_[i].align == Align::left ? cells[i] + padding : padding + cells[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out.append(line);
    out.append('\n');
  };
  append_row(titles);
  for (const auto& row : rows_) append_row(row);
}

}  // namespace walkit
