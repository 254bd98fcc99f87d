// A small program on top of the installed library: counts the records of a segment on standard input and the
// page images that it can restore.
#include <array>
#include <iostream>
#include <iterator>
#include <vector>

#include "walreader/image.h"
#include "walreader/reader.h"

int main() {
  const std::vector<char> input{std::istreambuf_iterator<char>(std::cin), {}};
  const walkit::ByteSpan bytes = std::as_bytes(std::span(input));
  if (bytes.size() < walkit::kLongPageHeaderSize) return 1;
  const walkit::PageHeader page = walkit::parse_page_header(bytes);
  const walkit::WalFormat* format = walkit::find_format(page.magic);
  if (format == nullptr) return 1;

  walkit::Reader reader({page.segment_size_bytes, page.block_size_bytes}, *format);
  reader.find(page.address);
  reader.feed(page.address, bytes);
  std::size_t records = 0, images = 0;
  std::array<std::byte, 8192> restored;
  for (; reader.next() == walkit::ReadStatus::record; ++records)
    for (const walkit::BlockRef& block : reader.record().blocks())
      if (block.has_image && walkit::restore_image(reader.record(), block, restored)) ++images;
  std::cout << records << " records, " << images << " images\n";
}
