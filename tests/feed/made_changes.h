// Schemas and changes made by hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "feed/event.h"

namespace walkit::test {

inline Column column(AttributeNumber number, std::string name, Oid type, std::string type_name) {
  Column made;
  made.number = number;
  made.name = std::move(name);
  made.type = type;
  made.type_name = std::move(type_name);
  return made;
}

/// public.NAME (id integer primary key, note text).
inline SchemaRef table(std::string name) {
  auto schema = std::make_shared<RelationSchema>();
  schema->oid = 16384;
  schema->schema = "public";
  schema->name = std::move(name);
  schema->columns = {column(1, "id", 23, "integer"), column(2, "note", 25, "text")};
  schema->columns[0].not_null = true;
  schema->primary_key = {1};
  return schema;
}

inline RowValues row(std::vector<std::string> texts) {
  RowValues values;
  for (std::string& text : texts) values.values.push_back({.text = std::move(text)});
  return values;
}

inline Change insert(const SchemaRef& schema, Xid xid, std::vector<std::string> texts) {
  Change change;
  change.kind = ChangeKind::insert;
  change.lsn = Lsn{0x1000};
  change.xid = xid;
  change.schema = schema;
  change.new_row = row(std::move(texts));
  return change;
}

}  // namespace walkit::test
