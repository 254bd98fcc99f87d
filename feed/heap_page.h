// A page of a table: line pointers and tuples in 8 KiB of somebody else's memory.
//
// Format: storage/bufpage.h, storage/itemid.h; changes as storage/page/bufpage.c makes them at redo. Only
// what tells tuples apart is kept up: hints for the server's own use (pd_flags, pd_prune_xid, pd_checksum)
// are not, and space is compacted when it is needed rather than at once, so a page equals the server's in its
// line pointers and tuples and not in where these lie. Nothing here trusts the page: what does not fit is
// refused.
#pragma once

#include <cstdint>
#include <span>

#include "walreader/record.h"

namespace walkit {

using PageBytes = std::span<std::byte, kRelationBlockSize>;

/// lp_flags.
enum class ItemState : std::uint8_t { unused = 0, normal = 1, redirect = 2, dead = 3 };

/// ItemIdData.
struct ItemId {
  std::uint16_t offset = 0;  ///< in the page; of a redirection, the number of the item it leads to
  std::uint16_t length = 0;
  ItemState state = ItemState::unused;
};

/// A view; copying it copies no page. Items are numbered from 1. One thread at a time.
class HeapPage {
 public:
  explicit HeapPage(PageBytes bytes) : bytes_(bytes) {}
  PageBytes bytes() const { return bytes_; }

  /// Whether the header is that of a page of a table: the bounds are in order, and unlike pages of indexes
  /// and sequences it has no special space. Every other member but init() relies on it.
  bool is_heap() const;
  /// Makes it an empty page.
  void init();
  void copy_from(const HeapPage& other);

  Lsn lsn() const;
  void set_lsn(Lsn lsn);

  std::uint16_t item_count() const;
  ItemId item(std::uint16_t number) const;  ///< `number` is from 1 to item_count()
  /// A normal item's tuple, header included; empty if there is none or it does not lie on the page whole.
  std::span<std::byte> tuple(std::uint16_t number) const;

  /// PageAddItem with PAI_OVERWRITE: puts a tuple at an item that is unused or just behind the last one.
  /// False (and nothing changed but where tuples lie) if the item is in use or there is no space.
  [[nodiscard]] bool add(std::uint16_t number, ByteSpan tuple);

  // These are false if there is no such item.
  [[nodiscard]] bool set_unused(std::uint16_t number) { return set_state(number, {}); }
  [[nodiscard]] bool set_dead(std::uint16_t number) { return set_state(number, {.state = ItemState::dead}); }
  [[nodiscard]] bool set_redirect(std::uint16_t from, std::uint16_t to);

 private:
  std::uint16_t lower() const;
  std::uint16_t upper() const;
  void set_lower(std::size_t lower);
  void set_upper(std::size_t upper);
  std::byte* item_bytes(std::uint16_t number) const;
  void put_item(std::uint16_t number, ItemId item);
  bool set_state(std::uint16_t number, ItemId item);
  bool has_room(std::uint16_t number, std::size_t size) const;
  bool compact();
  void drop_unused_items(std::uint16_t keep);

  PageBytes bytes_;
};

}  // namespace walkit
