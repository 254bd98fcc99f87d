// The checksum that a page of a relation carries where its cluster has them (initdb --data-checksums).
//
// Format: storage/checksum_impl.h. The page is taken for rows of 32 words of 32 bits; each column of words is
// hashed on its own, from a start of its own, in the manner of FNV-1a with a shifted copy added, and two rows
// of zeros follow. The columns' hashes and the block's number, all XORed, become a number from 1 to 65535.
// The checksum's own two bytes count as zeros.
#pragma once

#include "feed/heap_page.h"

namespace walkit {

std::uint16_t page_checksum(PageBytes page, BlockNumber block);

/// Whether the page's checksum is right. `block` counts from the start of the relation, not of its file of
/// 1 GiB. A page that was added and never used has none.
bool has_right_checksum(PageBytes page, BlockNumber block);

}  // namespace walkit
