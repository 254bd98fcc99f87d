// What tests/feed/values_dump.sql printed, and the comparison of its values with those of ValueRenderer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "feed/schema.h"
#include "feed/varlena.h"
#include "walreader/version.h"

namespace walkit::test {

class DumpedTypes final : public TypeCatalog {
 public:
  const TypeInfo* type(Oid oid) const override;
  std::optional<std::string_view> enum_label(Oid value) const override;

  std::map<Oid, TypeInfo> types;
  std::map<Oid, std::string> labels;
};

class DumpedToast final : public ToastSource {
 public:
  std::expected<void, Unavailable> fetch(const ToastPointer& pointer,
                                         std::vector<std::byte>& chunks) override;

  std::map<std::pair<Oid, Oid>, std::vector<std::byte>> values;
};

struct DumpedRow {
  std::size_t block = 0;
  std::size_t offset = 0;
  std::vector<std::string> values;  ///< as in the dump
};

struct DumpedTable {
  std::string name;
  std::vector<Column> columns;
  std::vector<std::vector<std::byte>> pages;
  std::vector<DumpedRow> rows;

  /// Of the line pointer; empty if there is none.
  ByteSpan tuple(std::size_t block, std::size_t offset) const;
};

struct Dump {
  Major major = Major::pg15;
  std::int32_t encoding = 0;
  DumpedTypes types;
  DumpedToast toast;
  std::vector<DumpedTable> tables;
};

/// Throws std::exception if `text` is no dump.
Dump parse_dump(const std::string& text);
std::string read_dump(const std::string& path);

struct Comparison {
  std::size_t values = 0;  ///< compared, nulls included
  std::size_t equal = 0;
  std::vector<std::string> differences;  ///< the first few: table, column, what both say
};

/// Renders each value of the dump from the pages and compares it with what the server printed.
Comparison compare(Dump& dump);

std::vector<std::byte> from_hex(std::string_view text);

}  // namespace walkit::test
