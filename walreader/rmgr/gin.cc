// GIN indexes: gindesc.c, access/ginxlog.h.
//
// A GIN index is a tree of keys (entries) whose leaves may point to trees of tuple ids (data); one record
// type serves both trees, inner pages and leaves, so its flags say how to read it.
#include "walreader/rmgr/common.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

/// access/ginxlog.h, GIN_INSERT_* and GIN_SPLIT_ROOT.
enum Flag : std::uint8_t { kIsData = 0x01, kIsLeaf = 0x02, kSplitRoot = 0x04 };

void tree_flags(FieldSink& sink, std::string_view lead, std::uint16_t flags) {
  t_or_f(sink, lead, "is_data", flags & kIsData);
  t_or_f(sink, " isleaf: ", "is_leaf", flags & kIsLeaf);
}

/// access/ginxlog.h, GIN_SEGMENT_*: what happens to one compressed posting list of a data leaf.
enum Action : std::uint8_t { kDelete = 1, kInsert = 2, kReplace = 3, kAddItems = 4 };
constexpr std::string_view kActionNames[] = {"", "delete", "insert", "replace", "add"};

/// Writes one action of a leaf's recompression. False if there is no going on: `in` ends within it, or nobody
/// knows how long an action of this kind is.
bool segment_action(FieldSink& sink, Cursor& in) {
  constexpr std::size_t kTupleIdSize = 6;
  const std::uint8_t segment = in.u8();
  const std::uint8_t action = in.u8();
  if (!in.ok()) return false;
  sink.begin_object(" ", "");
  sink.uint("", "segment", segment);
  if (action < kDelete || action > kAddItems) {
    sink.uint(" unknown action ", "unknown_action", action);
    sink.end_object(" ???");
    return false;
  }
  sink.word(" (", "action", kActionNames[action]);
  if (action == kAddItems) {
    const std::size_t items = in.u16();
    in.skip(items * kTupleIdSize);
    sink.uint(" ", "items", items);
    sink.text(" items");
  } else if (action != kDelete) {
    in.skip(kTupleIdSize);  // the first item of the new posting list
    const std::size_t size = in.u16();
    in.skip(size + size % 2);
  }
  sink.end_object(")");
  return in.ok();
}

/// gindesc.c, desc_recompress_leaf.
bool recompressed_leaf(FieldSink& sink, Cursor& in) {
  std::uint16_t actions = in.u16();
  if (!in.ok()) return false;
  sink.uint(" ", "nsegments", actions);
  sink.begin_array(" segments:", "segments");
  while (actions > 0 && segment_action(sink, in)) --actions;
  sink.end_array("");
  return in.ok();
}

/// True if block 0 has an image, which is then all there is to say about the change.
bool described_by_image(const Record& record, FieldSink& sink) {
  const BlockRef* block = record.block(0);
  if (block == nullptr || !block->has_image) return false;
  sink.boolean(" (full page image", "image_applies", block->image.apply, ")", ", for WAL verification)");
  return true;
}

/// Inner pages: the halves of the child whose split brought the new item.
bool split_children(FieldSink& sink, Cursor& in) {
  const BlockNumber left = read_block_id(in);
  const BlockNumber right = read_block_id(in);
  if (!in.ok()) return false;
  sink.begin_array(" children: ", "children");
  sink.uint("", "", left);
  sink.uint("/", "", right);
  sink.end_array("");
  return true;
}

/// ginxlogInsertDataInternal: the new item of an inner page of a data tree points to a child and gives its
/// upper bound.
bool posting_item(FieldSink& sink, Cursor& in) {
  in.skip(2);  // where the item goes
  const BlockNumber child = read_block_id(in);
  if (in.remaining() < 6) return false;
  sink.begin_object(" pitem: ", "posting_item");
  sink.uint("", "child", child);
  tuple_id(sink, "-", "key", in);
  sink.end_object("");
  return true;
}

/// ginxlogInsertEntry.
bool entry(FieldSink& sink, Cursor& in) {
  in.skip(2);  // where the entry goes
  const bool is_delete = in.u8() != 0;
  if (!in.ok()) return false;
  t_or_f(sink, " isdelete: ", "is_delete", is_delete);
  return true;
}

bool insert(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  const std::uint16_t flags = in.u16();
  if (!in.ok()) return false;
  tree_flags(sink, "isdata: ", flags);
  if (!(flags & kIsLeaf) && !split_children(sink, in)) return false;
  if (described_by_image(record, sink)) return true;
  auto data = block_data(record, 0);
  if (!data) return false;
  if (!(flags & kIsData)) return entry(sink, *data);
  return flags & kIsLeaf ? recompressed_leaf(sink, *data) : posting_item(sink, *data);
}

bool split(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  in.skip(24);  // the relation and block numbers
  const std::uint16_t flags = in.u16();
  if (!in.ok()) return false;
  t_or_f(sink, "isrootsplit: ", "is_root_split", flags & kSplitRoot);
  tree_flags(sink, " isdata: ", flags);
  return true;
}

bool vacuum_data_leaf_page(const Record& record, FieldSink& sink) {
  if (described_by_image(record, sink)) return true;
  auto data = block_data(record, 0);
  return data && recompressed_leaf(sink, *data);
}

/// Behind the new metapage.
constexpr Field kDeleteListpage[] = {{"ndeleted: ", "ndeleted", i32, 56}};

constexpr RecordType kTypes[] = {
    {0x10, pg13, open, "CREATE_PTREE", {}},
    {0x20, pg13, open, "INSERT", insert},
    {0x30, pg13, open, "SPLIT", split},
    {0x40, pg13, open, "VACUUM_PAGE", {}},
    {0x50, pg13, open, "DELETE_PAGE", {}},
    {0x60, pg13, open, "UPDATE_META_PAGE", {}},
    {0x70, pg13, open, "INSERT_LISTPAGE", {}},
    {0x80, pg13, open, "DELETE_LISTPAGE", kDeleteListpage},
    {0x90, pg13, open, "VACUUM_DATA_LEAF_PAGE", vacuum_data_leaf_page},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kGinRmgr = {
    .id = 13,
    .name = "Gin",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
