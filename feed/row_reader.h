// Tuples to the values of rows.
#pragma once

#include <optional>
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
  /// One database's. Another may get its OID, and have another encoding.
  struct Renderer {
    const TextDecoder* decoder = nullptr;
    std::optional<ValueRenderer> renderer;
  };
  std::unordered_map<const TypeCatalog*, Renderer> renderers_;  // by the database's types
  const TypeCatalog* last_types_ = nullptr;
  std::uint64_t last_generation_ = 0;  // of the catalog
  ValueRenderer* last_renderer_ = nullptr;
  std::vector<Datum> datums_;
};

}  // namespace walkit
