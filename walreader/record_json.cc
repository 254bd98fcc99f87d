// The JSON object of a record.
#include "walreader/json_sink.h"
#include "walreader/rmgr/rmgr.h"
#include "walreader/text_sink.h"

namespace walkit {
namespace {

void add_image(JsonSink& json, const ImageRef& image) {
  json.begin_object("image");
  json.boolean("apply", image.apply);
  json.uint("bytes", image.stored_length);
  json.uint("hole_offset", image.hole_offset);
  json.uint("hole_length", image.hole_length);
  if (image.compression == Compression::none) {
    json.null("compression");
  } else {
    json.word("compression", compression_name(image.compression));
    json.uint("bytes_saved",
              static_cast<std::uint32_t>(kRelationBlockSize - image.hole_length - image.stored_length));
  }
  json.end_object();
}

void add_block(JsonSink& json, const BlockRef& block) {
  json.begin_object({});
  json.uint("id", block.id);
  json.relation_members(block.relation);
  json.word("fork", fork_name(block.fork));
  json.uint("block", block.block);
  json.boolean("will_init", block.will_init);
  json.uint("data_bytes", block.data_length);
  if (block.has_image) add_image(json, block.image);
  json.end_object();
}

}  // namespace

void append_record_json(TextBuffer& out, const Record& record, RelationNames* names) {
  JsonSink json(out, record.format(), names);
  json.begin_object({});
  json.lsn("lsn", record.lsn());
  json.lsn("prev", record.prev());
  json.lsn("end", record.end());
  json.uint("timeline", record.timeline().value);
  json.word("rmgr", rmgr_name(record.rmid()));
  json.uint("rmid", record.rmid());
  const std::string_view type = record_name(record.major(), record.rmid(), record.info());
  if (type.empty())
    json.null("type");
  else
    json.word("type", type);
  json.uint("info", record.info());
  json.uint("xid", record.xid());
  if (record.toplevel_xid()) json.uint("toplevel_xid", *record.toplevel_xid());
  if (record.origin()) json.uint("origin", *record.origin());
  json.uint("record_bytes", record.length_without_images());
  json.uint("total_bytes", record.total_length());
  json.begin_object("desc");
  const std::size_t depth = json.depth();
  const bool described = describe(record, json);
  json.close_to(depth);
  json.end_object();
  if (!described) json.boolean("malformed", true);
  json.begin_array("blocks");
  for (const BlockRef& block : record.blocks()) add_block(json, block);
  json.end_array();
  json.end_object();
  out.append('\n');
}

}  // namespace walkit
