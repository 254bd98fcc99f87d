// What `ls` and `info` print, as text and as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "archiver/inventory.h"
#include "walreader/local_time.h"
#include "walreader/text_buffer.h"

namespace walkit {

/// What a repository holds of one server of one cluster.
struct ServerInventory {
  std::string cluster;
  Inventory inventory;
  InventorySummary summary;
};

/// One line: "ok", "end of WAL", or what is wrong with it.
std::string check_of(const InventoryItem& item);

/// A table, one line an item.
void append_listing(TextBuffer& out, const std::vector<const InventoryItem*>& items, LocalTime& zone,
                    std::int64_t now_unix_s);
/// One object an item, in an array.
void append_listing_json(TextBuffer& out, const std::vector<const InventoryItem*>& items);

/// Paragraphs: the state first, then what can be restored, what is missing, what is damaged.
void append_info(TextBuffer& out, std::string_view repository, const ServerInventory& server, LocalTime& zone,
                 std::int64_t now_unix_s);
/// An array with an object for each server.
void append_info_json(TextBuffer& out, std::string_view repository,
                      const std::vector<ServerInventory>& servers);

}  // namespace walkit
