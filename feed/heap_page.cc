#include "feed/heap_page.h"

#include <algorithm>
#include <array>

#include "feed/tuple_header.h"
#include "walreader/bytes.h"

namespace walkit {
namespace {

// PageHeaderData.
constexpr std::size_t kLowerAt = 12;
constexpr std::size_t kUpperAt = 14;
constexpr std::size_t kSpecialAt = 16;
constexpr std::size_t kSizeVersionAt = 18;
constexpr std::size_t kPageHeaderSize = 24;
constexpr std::uint16_t kSizeVersion = kRelationBlockSize | 4;  // PG_PAGE_LAYOUT_VERSION

constexpr std::size_t kItemSize = 4;
constexpr std::uint16_t kMaxHeapTuplesPerPage = 291;  // access/htup_details.h, for pages of 8 KiB

constexpr std::size_t max_align(std::size_t size) { return (size + 7) & ~std::size_t{7}; }

std::uint16_t u16_at(PageBytes bytes, std::size_t at) { return load_le<std::uint16_t>(bytes.data() + at); }

}  // namespace

std::uint16_t HeapPage::lower() const { return u16_at(bytes_, kLowerAt); }
std::uint16_t HeapPage::upper() const { return u16_at(bytes_, kUpperAt); }
void HeapPage::set_lower(std::size_t lower) {
  store_le(bytes_.data() + kLowerAt, static_cast<std::uint16_t>(lower));
}
void HeapPage::set_upper(std::size_t upper) {
  store_le(bytes_.data() + kUpperAt, static_cast<std::uint16_t>(upper));
}

bool HeapPage::is_heap() const {
  return u16_at(bytes_, kSizeVersionAt) == kSizeVersion && u16_at(bytes_, kSpecialAt) == kRelationBlockSize &&
         lower() >= kPageHeaderSize && lower() <= upper() && upper() <= kRelationBlockSize;
}

void HeapPage::init() {
  std::ranges::fill(bytes_, std::byte{0});
  set_lower(kPageHeaderSize);
  set_upper(kRelationBlockSize);
  store_le(bytes_.data() + kSpecialAt, kRelationBlockSize);
  store_le(bytes_.data() + kSizeVersionAt, kSizeVersion);
}

void HeapPage::copy_from(const HeapPage& other) { std::ranges::copy(other.bytes_, bytes_.begin()); }

// PageXLogRecPtr: the high half comes first.
Lsn HeapPage::lsn() const {
  const std::uint64_t high = load_le<std::uint32_t>(bytes_.data());
  return Lsn{high << 32 | load_le<std::uint32_t>(bytes_.data() + 4)};
}
void HeapPage::set_lsn(Lsn lsn) {
  store_le(bytes_.data(), lsn.high());
  store_le(bytes_.data() + 4, lsn.low());
}

std::uint16_t HeapPage::item_count() const {
  return static_cast<std::uint16_t>((lower() - kPageHeaderSize) / kItemSize);
}

std::byte* HeapPage::item_bytes(std::uint16_t number) const {
  return bytes_.data() + kPageHeaderSize + (number - 1) * kItemSize;
}

// lp_off:15, lp_flags:2, lp_len:15, from the lowest bit on.
ItemId HeapPage::item(std::uint16_t number) const {
  const std::uint32_t bits = load_le<std::uint32_t>(item_bytes(number));
  return {.offset = static_cast<std::uint16_t>(bits & 0x7FFF),
          .length = static_cast<std::uint16_t>(bits >> 17),
          .state = static_cast<ItemState>(bits >> 15 & 3)};
}
void HeapPage::put_item(std::uint16_t number, ItemId item) {
  store_le(item_bytes(number), std::uint32_t{item.offset} | static_cast<std::uint32_t>(item.state) << 15 |
                                   std::uint32_t{item.length} << 17);
}

std::span<std::byte> HeapPage::tuple(std::uint16_t number) const {
  if (number == 0 || number > item_count()) return {};
  const ItemId id = item(number);
  if (id.state != ItemState::normal || id.length < kTupleHeaderSize || id.offset < upper() ||
      id.offset + id.length > kRelationBlockSize)
    return {};
  const std::span<std::byte> tuple = bytes_.subspan(id.offset, id.length);
  const std::size_t data = data_offset(tuple);
  if (data < kTupleHeaderSize || data > tuple.size()) return {};
  return tuple;
}

bool HeapPage::set_state(std::uint16_t number, ItemId item) {
  if (number == 0 || number > item_count()) return false;
  put_item(number, item);
  return true;
}

bool HeapPage::set_redirect(std::uint16_t from, std::uint16_t to) {
  if (to == 0 || to > item_count()) return false;
  return set_state(from, {.offset = to, .state = ItemState::redirect});
}

bool HeapPage::has_room(std::uint16_t number, std::size_t size) const {
  const std::size_t new_lower = number > item_count() ? lower() + kItemSize : lower();
  return new_lower + max_align(size) <= upper();
}

bool HeapPage::add(std::uint16_t number, ByteSpan tuple) {
  if (number == 0 || number > item_count() + 1 || number > kMaxHeapTuplesPerPage) return false;
  if (tuple.size() < kTupleHeaderSize || tuple.size() > kRelationBlockSize) return false;
  if (number <= item_count() && item(number).state != ItemState::unused) return false;
  if (!has_room(number, tuple.size())) {
    if (!compact()) return false;
    // From 14 on the server frees line pointers at the end as well; before, it never counts on their space.
    if (!has_room(number, tuple.size())) drop_unused_items(number - 1);
    if (!has_room(number, tuple.size())) return false;
  }
  if (number > item_count()) set_lower(lower() + kItemSize);
  set_upper(upper() - max_align(tuple.size()));
  put_item(number, {upper(), static_cast<std::uint16_t>(tuple.size()), ItemState::normal});
  std::ranges::copy(tuple, bytes_.begin() + upper());
  return true;
}

void HeapPage::drop_unused_items(std::uint16_t keep) {
  std::uint16_t count = item_count();
  while (count > keep && item(count).state == ItemState::unused) --count;
  set_lower(kPageHeaderSize + count * kItemSize);
}

// PageRepairFragmentation, with the tuples in any order. False leaves the page as it was.
bool HeapPage::compact() {
  const std::uint16_t count = item_count();
  std::size_t total = 0;
  for (std::uint16_t number = 1; number <= count; ++number) {
    const ItemId id = item(number);
    if (id.state != ItemState::normal) continue;
    if (id.offset < upper() || id.offset + id.length > kRelationBlockSize) return false;
    total += max_align(id.length);
  }
  if (lower() + total > kRelationBlockSize) return false;
  std::array<std::byte, kRelationBlockSize> before;
  std::ranges::copy(bytes_.subspan(upper()), before.begin() + upper());
  std::size_t at = kRelationBlockSize;
  for (std::uint16_t number = 1; number <= count; ++number) {
    const ItemId id = item(number);
    if (id.state != ItemState::normal) continue;
    at -= max_align(id.length);
    std::copy_n(before.begin() + id.offset, id.length, bytes_.begin() + static_cast<std::ptrdiff_t>(at));
    put_item(number, {static_cast<std::uint16_t>(at), id.length, ItemState::normal});
  }
  set_upper(at);
  return true;
}

}  // namespace walkit
