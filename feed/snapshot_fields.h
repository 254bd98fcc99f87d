// What is stored of the structures that the feed is made of, in the order in which it is.
//
// A change here is a new format (snapshot_io.cc). Lists name members once for both directions.
#pragma once

#include "feed/catalog_row.h"
#include "feed/event.h"
#include "feed/feed_filter.h"
#include "feed/heap_change.h"
#include "feed/page_table.h"
#include "feed/snapshot_io.h"
#include "walreader/relation_map.h"

namespace walkit {

template <class Io, Like<Lsn> T>
void fields(Io& io, T& lsn) {
  io(lsn.value);
}
template <class Io, Like<TimelineId> T>
void fields(Io& io, T& timeline) {
  io(timeline.value);
}
template <class Io, Like<RelFileLocator> T>
void fields(Io& io, T& file) {
  io(file.tablespace, file.database, file.relation);
}
template <class Io, Like<PageKey> T>
void fields(Io& io, T& page) {
  io(page.relation, page.block);
}
template <class Io, Like<TupleId> T>
void fields(Io& io, T& place) {
  io(place.block, place.offset);
}

template <class Io, Like<RelationMap::Entry> T>
void fields(Io& io, T& entry) {
  io(entry.relation, entry.filenode);
}
template <class Io, Like<RelationMap> T>
void fields(Io& io, T& map) {
  std::vector<RelationMap::Entry> entries(map.entries());
  io(entries);
  if constexpr (Io::kReads) map = RelationMap(std::move(entries));
}

template <class Io, Like<Storage> T>
void fields(Io& io, T& storage) {
  io(storage.length, storage.align, storage.by_value);
}
template <class Io, Like<Column> T>
void fields(Io& io, T& column) {
  io(column.number, column.name, column.type, column.typmod, column.type_name, column.storage,
     column.not_null, column.dropped, column.generated, column.is_virtual, column.missing);
}
template <class Io, Like<RelationSchema> T>
void fields(Io& io, T& schema) {
  io(schema.oid, schema.database, schema.database_name, schema.schema, schema.name, schema.kind,
     schema.persistence, schema.catalog, schema.toast, schema.rewrite_of, schema.replica_identity,
     schema.columns, schema.primary_key, schema.primary_key_deferrable, schema.identity_index);
}

template <class Io, Like<ClassRow> T>
void fields(Io& io, T& row) {
  io(row.oid, row.name, row.name_space, row.filenode, row.tablespace, row.toast, row.shared, row.persistence,
     row.kind, row.columns, row.replica_identity, row.rewrite_of);
}
template <class Io, Like<AttributeRow> T>
void fields(Io& io, T& row) {
  io(row.relation, row.column);
}
template <class Io, Like<TypeRow> T>
void fields(Io& io, T& row) {
  io(row.oid, row.name, row.name_space, row.storage, row.kind, row.delimiter, row.relation, row.element,
     row.base, row.base_typmod);
}
template <class Io, Like<NamespaceRow> T>
void fields(Io& io, T& row) {
  io(row.oid, row.name);
}
template <class Io, Like<EnumRow> T>
void fields(Io& io, T& row) {
  io(row.oid, row.label);
}
template <class Io, Like<IndexRow> T>
void fields(Io& io, T& row) {
  io(row.index, row.relation, row.primary, row.deferrable, row.replica_identity, row.key_columns);
}
template <class Io, Like<RangeRow> T>
void fields(Io& io, T& row) {
  io(row.range, row.subtype, row.multirange);
}
template <class Io, Like<DatabaseRow> T>
void fields(Io& io, T& row) {
  io(row.oid, row.name, row.encoding, row.tablespace);
}

template <class Io, Like<ColumnValue> T>
void fields(Io& io, T& value) {
  io(value.null, value.unavailable, value.text);
}
template <class Io, Like<RowValues> T>
void fields(Io& io, T& row) {
  io(row.unavailable, row.key_only, row.values);
}
template <class Io, Like<Change> T>
void fields(Io& io, T& change) {
  io(change.kind, change.lsn, change.xid, change.schema, change.old_schema, change.relation, change.old_row,
     change.new_row, change.cascade, change.restart_identity, change.transactional, change.prefix,
     change.content, change.doubt);
}

/// Only what decides which changes wait for their commit.
template <class Io, Like<FeedFilter> T>
void fields(Io& io, T& filter) {
  io(filter.databases, filter.tables, filter.columns, filter.operations);
}

}  // namespace walkit
