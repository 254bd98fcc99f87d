#include "fuzz/seed_files.h"

#include <fstream>

namespace walkit::fuzz {

SeedDirectory::SeedDirectory(const std::filesystem::path& root, const char* target) : path_(root / target) {
  std::filesystem::create_directories(path_);
}

void SeedDirectory::add(const std::string& name, ByteSpan bytes) const {
  std::ofstream out(path_ / name, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

test::RecordParts parts_of(const Record& record) {
  test::RecordParts parts{.rmid = record.rmid(), .info = record.info(), .xid = record.xid()};
  for (const BlockRef& ref : record.blocks()) {
    test::Block block{.id = ref.id, .fork = ref.fork, .block = ref.block, .relation = ref.relation};
    const ByteSpan data = record.block_data(ref);
    block.data.assign(data.begin(), data.end());
    if (ref.has_image)
      block.image = test::StoredImage{
          .payload = {std::byte{0}}, .apply = ref.image.apply, .compression = Compression::pglz};
    parts.blocks.push_back(std::move(block));
  }
  parts.origin = record.origin();
  parts.toplevel_xid = record.toplevel_xid();
  parts.main_data.assign(record.main_data().begin(), record.main_data().end());
  return parts;
}

}  // namespace walkit::fuzz
