#include "tests/feed/values_dump_support.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "feed/io/iconv_decoder.h"
#include "feed/tuple.h"
#include "feed/value_renderer.h"
#include "walreader/bytes.h"

namespace walkit::test {
namespace {

constexpr std::size_t kPageHeaderSize = 24;
constexpr std::size_t kMostDifferences = 20;

std::string text_of(std::string_view hex) {
  const std::vector<std::byte> bytes = from_hex(hex);
  return std::string(as_text(bytes));
}

Column read_column(std::istream& in, AttributeNumber number) {
  Column column;
  column.number = number;
  in >> column.type >> column.storage.length >> column.storage.align >> column.dropped;
  return column;
}

TypeInfo read_type(std::istream& in) {
  TypeInfo type;
  char kind = 0;
  in >> type.oid >> kind >> type.storage.length >> type.storage.align >> type.delimiter >> type.element >>
      type.base >> type.range_subtype >> type.multirange_range;
  type.kind = static_cast<TypeKind>(kind);
  return type;
}

void read_toast(std::istream& in, DumpedToast& toast) {
  Oid relation = 0, value = 0;
  std::string hex;
  in >> relation >> value >> hex;
  toast.values[{relation, value}] = from_hex(hex);
}

DumpedRow read_row(std::istream& in) {
  DumpedRow row;
  in >> row.block >> row.offset;
  for (std::string value; in >> value;) row.values.push_back(value);
  in.clear();
  return row;
}

void read_table_line(const std::string& word, std::istream& in, DumpedTable& table) {
  std::string hex;
  if (word == "column") {
    table.columns.push_back(read_column(in, static_cast<AttributeNumber>(table.columns.size() + 1)));
  } else if (word == "page") {
    in >> hex;
    table.pages.push_back(from_hex(hex));
  } else if (word == "row") {
    table.rows.push_back(read_row(in));
  } else {
    throw std::runtime_error("unknown word " + word);
  }
}

void read_line(const std::string& line, Dump& dump) {
  std::istringstream in(line);
  std::string word, hex;
  Oid oid = 0;
  in >> word;
  if (word == "major") {
    int major = 0;
    in >> major;
    dump.major = static_cast<Major>(major);
  } else if (word == "encoding") {
    in >> dump.encoding;
  } else if (word == "type") {
    const TypeInfo type = read_type(in);
    dump.types.types[type.oid] = type;
  } else if (word == "field") {
    in >> oid;
    std::vector<Column>& columns = dump.types.types.at(oid).columns;
    columns.push_back(read_column(in, static_cast<AttributeNumber>(columns.size() + 1)));
  } else if (word == "label") {
    in >> oid >> hex;
    dump.types.labels[oid] = text_of(hex);
  } else if (word == "toast") {
    read_toast(in, dump.toast);
  } else if (word == "table") {
    in >> dump.tables.emplace_back().name;
  } else {
    read_table_line(word, in, dump.tables.at(dump.tables.size() - 1));
  }
  if (in.fail()) throw std::runtime_error("damaged line " + line.substr(0, 100));
}

void compare_value(const DumpedTable& table, std::size_t column, const std::string& expected,
                   const ColumnValue& actual, Comparison& result) {
  if (expected == "-") return;  // dropped
  ++result.values;
  const bool null = expected == "null";
  const std::string text = null ? "" : text_of(expected.substr(1));
  if (actual.null == null && actual.unavailable == Unavailable::none && actual.text == text) {
    ++result.equal;
  } else if (result.differences.size() < kMostDifferences) {
    result.differences.push_back(fmt::format("{} column {}: server {} [{}], walkit {} {} [{}]", table.name,
                                             column + 1, null ? "null" : "", text, actual.null ? "null" : "",
                                             name_of(actual.unavailable), actual.text));
  }
}

}  // namespace

const TypeInfo* DumpedTypes::type(Oid oid) const {
  const auto found = types.find(oid);
  return found == types.end() ? nullptr : &found->second;
}

std::optional<std::string_view> DumpedTypes::enum_label(Oid value) const {
  const auto found = labels.find(value);
  if (found == labels.end()) return std::nullopt;
  return found->second;
}

std::expected<void, Unavailable> DumpedToast::fetch(const ToastPointer& pointer,
                                                    std::vector<std::byte>& chunks) {
  const auto found = values.find({pointer.toast_relation, pointer.value_id});
  if (found == values.end()) return std::unexpected(Unavailable::toast_unchanged);
  chunks = found->second;
  return {};
}

ByteSpan DumpedTable::tuple(std::size_t block, std::size_t offset) const {
  const std::vector<std::byte>& page = pages.at(block);
  const auto pointer = load_le<std::uint32_t>(&page.at(kPageHeaderSize + 4 * (offset - 1)));
  return ByteSpan(page).subspan(pointer & 0x7FFF, pointer >> 17);
}

std::vector<std::byte> from_hex(std::string_view text) {
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 2);
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(digit(text[i]) * 16 + digit(text[i + 1])));
  return bytes;
}

Dump parse_dump(const std::string& text) {
  Dump dump;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) read_line(line, dump);
  return dump;
}

std::string read_dump(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("could not open " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Comparison compare(Dump& dump) {
  Comparison result;
  const auto decoder = open_decoder(dump.encoding);
  if (!decoder) throw std::runtime_error(decoder.error());
  ValueRenderer renderer(dump.major, dump.types, **decoder, &dump.toast);
  std::vector<Datum> datums;
  ColumnValue value;
  for (const DumpedTable& table : dump.tables) {
    for (const DumpedRow& row : table.rows) {
      if (!deform_tuple(table.tuple(row.block, row.offset), table.columns, datums))
        throw std::runtime_error("a tuple of " + table.name + " is damaged");
      for (std::size_t i = 0; i < datums.size(); ++i) {
        renderer.render(table.columns[i], datums[i], value);
        compare_value(table, i, row.values.at(i), value, result);
      }
    }
  }
  return result;
}

}  // namespace walkit::test
