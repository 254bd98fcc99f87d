// Catalogs whose files hold anything: they are read or refused in one line, and what they then say of tables
// and types, rows can be read with.
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <map>

#include "feed/catalog_loader.h"
#include "feed/io/file_sink.h"
#include "feed/row_reader.h"
#include "fuzz/catalog_input.h"
#include "fuzz/require.h"
#include "tests/support/memory_spill_store.h"
#include "walreader/backup_history.h"
#include "walreader/bytes.h"
#include "walreader/crc32c.h"
#include "walreader/pg_control.h"

namespace walkit::fuzz {
namespace {

using test::Bytes;

/// Each catalog in the file of its OID.
class CatalogPages final : public BasePages {
 public:
  void add(Oid catalog, ByteSpan bytes, std::size_t hole_offset) {
    Bytes& file = files_[catalog];
    file.resize(file.size() + kRelationBlockSize);
    const std::span<std::byte> page = std::span(file).last(kRelationBlockSize);
    const std::size_t head = std::min({hole_offset, bytes.size(), page.size()});
    const ByteSpan tail = bytes.subspan(head).first(std::min(bytes.size(), page.size()) - head);
    std::ranges::copy(bytes.first(head), page.begin());
    std::ranges::copy(tail, page.last(tail.size()).begin());
  }
  std::expected<bool, std::string> read(const RelFileLocator& relation, BlockNumber block,
                                        PageBytes out) override {
    const Bytes& file = files_[relation.relation];
    if (file.size() / kRelationBlockSize <= block) return false;
    std::ranges::copy(ByteSpan(file).subspan(block * kRelationBlockSize, kRelationBlockSize), out.begin());
    return true;
  }
  ByteSpan first_page() const { return files_.empty() ? ByteSpan() : ByteSpan(files_.begin()->second); }

 private:
  std::map<Oid, Bytes> files_;
};

class SmallLog final : public TransactionLog {
 public:
  std::expected<XidFate, std::string> fate(Xid xid) override { return static_cast<XidFate>(xid % 4); }
  std::expected<Xid, std::string> updater(Xid multixact) override { return multixact; }
};

class Decoders final : public TextDecoders {
 public:
  const TextDecoder& of(std::int32_t) override { return utf8_; }

 private:
  Utf8Decoder utf8_;
};

template <class Result>
void check_error(const Result& result) {
  if (result) return;
  require(!result.error().empty() && result.error().find('\n') == std::string::npos, "an error is one line");
}

/// The file as long as it should be, its CRC right: no mutation finds one.
Bytes sealed(ByteSpan bytes, std::size_t size, std::size_t crc_offset) {
  Bytes file(bytes.begin(), bytes.end());
  file.resize(size);
  Crc32c crc;
  crc.update(ByteSpan(file).first(crc_offset));
  test::store_le(file, crc_offset, crc.value());
  return file;
}

void check_state(ByteSpan bytes) {
  const int fd = ::memfd_create("state", 0);
  require(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "a file in memory");
  check_error(read_feed_state(fmt::format("/proc/self/fd/{}", fd)));
  ::close(fd);
}

void check_small_file(std::uint8_t kind, ByteSpan bytes) {
  constexpr std::size_t kControlCrc = 288;
  switch (kind) {
    case kMapFile:
      return check_error(parse_relation_map(sealed(bytes, 512, 504)));
    case kControlFile:
      return check_error(parse_pg_control(sealed(bytes, kPgControlFileSize, kControlCrc)));
    case kLabelFile:
      return check_error(parse_backup_label({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    default:
      return check_state(bytes);
  }
}

/// Reads a row of each relation out of any bytes.
void read_rows(Catalog& catalog, const DatabaseCatalog& database, ByteSpan page) {
  constexpr std::size_t kRow = 400;
  test::MemorySpillStore store;
  PageTable pages(store, nullptr, PageTable::kMinFrames);
  ToastStore toast(pages, nullptr);
  Decoders decoders;
  RowReader rows(catalog, decoders, toast);
  RowValues values;
  const Bytes row(page.end() - std::min(page.size(), kRow), page.end());
  database.classes.for_each([&](const ClassRow& relation) {
    RelationView view;
    view.schema = catalog.schema(database.oid, relation.oid, 0);
    if (view.schema == nullptr) return;
    rows.read(view, {.bytes = row}, 0, Lsn{1}, values);
    for (const ColumnValue& value : values.values) require(is_utf8(value.text), "text is UTF-8");
  });
}

void check(ByteSpan input) {
  Cursor in(input);
  Catalog catalog(static_cast<Major>(static_cast<int>(kOldestMajor) + in.u8() % kMajorCount));
  CatalogPages pages;
  while (in.remaining() > 0) {
    const auto kind = static_cast<std::uint8_t>(in.u8() % kFuzzFiles);
    const std::size_t hole_offset = in.u16();
    const std::size_t size = in.u16();
    const ByteSpan bytes = in.bytes(std::min(size, in.remaining()));
    if (kind < kMapFile)
      pages.add(kFuzzCatalogs[kind], bytes, hole_offset);
    else
      check_small_file(kind, bytes);
  }
  std::vector<RelationMap::Entry> entries;
  for (const Oid oid : kFuzzCatalogs) entries.push_back({oid, oid});
  const RelationMap map(std::move(entries));
  catalog.set_map(0, map);
  SmallLog log;
  CatalogLoader loader(catalog, pages, log);
  check_error(loader.load_database_rows());
  DatabaseCatalog& database = catalog.add_database(kFuzzDatabase, kFuzzTablespace);
  database.map = map;
  const auto loaded = loader.load_database(kFuzzDatabase);
  check_error(loaded);
  if (loaded) read_rows(catalog, database, pages.first_page());
}

}  // namespace
}  // namespace walkit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLargest = std::size_t{1} << 15;
  if (size > kLargest) return 0;
  walkit::fuzz::check(std::as_bytes(std::span(data, size)));
  return 0;
}
