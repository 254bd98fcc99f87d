// Tuples to the values of rows.
#pragma once

#include <memory>
#include <unordered_map>

#include "feed/catalog.h"
#include "feed/heap_change.h"
#include "feed/relation_views.h"
#include "feed/toast_store.h"
#include "feed/value_renderer.h"

namespace walkit {

/// Which decoder turns text of a server's encoding (pg_enc) into UTF-8. What it hands out lives as long as
/// it.
class TextDecoders {
 public:
  virtual ~TextDecoders() = default;
  virtual const TextDecoder& of(std::int32_t encoding) = 0;
};

/// Borrows all it is given. One thread at a time.
class RowReader {
 public:
  RowReader(Catalog& catalog, TextDecoders& decoders, ToastStore& toast)
      : catalog_(catalog), decoders_(decoders), toast_(toast) {}

  /// The row as the transaction `asking` reads it at the record `at`. Reuses what `row` holds.
  void read(const RelationView& view, const TupleImage& tuple, Xid asking, Lsn at, RowValues& row);

 private:
  ValueRenderer& renderer(Oid database, Xid asking);

  Catalog& catalog_;
  TextDecoders& decoders_;
  ToastStore& toast_;
  std::unordered_map<const TypeCatalog*, std::unique_ptr<ValueRenderer>>
      renderers_;  // by the database's types
  const TypeCatalog* last_types_ = nullptr;
  ValueRenderer* last_renderer_ = nullptr;
  std::vector<Datum> datums_;
};

}  // namespace walkit
