#include "feed/catalog_types.h"

namespace walkit {

const TypeInfo* DatabaseTypes::type(Oid oid) const {
  if (!usable()) return nullptr;
  const auto [found, added] = types_.try_emplace(oid);
  Cached& cached = found->second;
  if (added || (!cached.settled && cached.viewer != asking_)) {
    const Xid doubt = families_.take_doubt();
    cached.info = database_->build_type(oid, families_, asking_);
    cached.doubt = families_.take_doubt();
    cached.settled = database_->type_settled(oid);
    cached.viewer = asking_;
    families_.note_doubt(doubt);
  }
  families_.note_doubt(cached.doubt);
  if (cached.info) return &*cached.info;
  types_.erase(found);  // damaged values may ask for any number of types that there are not
  return nullptr;
}

std::optional<std::string_view> DatabaseTypes::enum_label(Oid value) const {
  if (!usable()) return std::nullopt;
  const EnumRow* row = database_->enums.seen(value, families_.own(asking_));
  if (row == nullptr) return std::nullopt;
  label_ = database_->text(row->label);
  return label_;
}

}  // namespace walkit
