#include "feed/row_reader.h"

#include <utility>

namespace walkit {
namespace {

Unavailable reason_of(TupleGap gap) {
  return gap == TupleGap::full_page_writes_off ? Unavailable::full_page_writes_off
                                               : Unavailable::base_page_unknown;
}

}  // namespace

ValueRenderer& RowReader::renderer(Oid database, Xid asking) {
  const TypeCatalog& types = catalog_.types(database, asking);  // remembers who asks
  if (&types == last_types_ && catalog_.generation() == last_generation_) return *last_renderer_;
  const DatabaseRow* row = catalog_.database(database);
  constexpr std::int32_t kSqlAscii = 0;
  const TextDecoder& decoder = decoders_.of(row == nullptr ? kSqlAscii : row->encoding);
  auto& [known_decoder, renderer] = renderers_[&types];
  if (std::exchange(known_decoder, &decoder) != &decoder)
    renderer.emplace(catalog_.major(), types, decoder, &toast_);
  last_types_ = &types;
  last_generation_ = catalog_.generation();
  last_renderer_ = &*renderer;
  return *renderer;
}

void RowReader::read(const RelationView& view, const TupleImage& tuple, Xid asking, Lsn at, RowValues& row) {
  const RelationSchema& schema = *view.schema;
  row.key_only = tuple.key_only;
  row.unavailable = tuple.known() ? Unavailable::none : reason_of(tuple.gap);
  if (tuple.known() && !deform_tuple(tuple.bytes, schema.columns, datums_))
    row.unavailable = Unavailable::schema_unknown;
  if (row.unavailable != Unavailable::none) return row.values.clear();
  ValueRenderer& renderer = this->renderer(schema.database, asking);
  toast_.look_in(schema.toast, view.toast_file, at);
  row.values.resize(schema.columns.size());
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    ColumnValue& value = row.values[i];
    if (!schema.columns[i].dropped) {
      renderer.render(schema.columns[i], datums_[i], value);
      continue;
    }
    value.null = true;
    value.unavailable = Unavailable::none;
    value.text.clear();
  }
}

}  // namespace walkit
