// The types of one database as a transaction sees them.
#pragma once

#include <string>
#include <unordered_map>

#include "feed/database_catalog.h"
#include "feed/schema.h"

namespace walkit {

/// Borrows the database, which may be nullptr (of it nothing is known), and the families; bind() is called
/// whenever either changed. One thread at a time: lookups fill a cache.
class DatabaseTypes : public TypeCatalog {
 public:
  explicit DatabaseTypes(const TransactionFamilies& families) : families_(families) {}

  void set_asking(Xid asking) { asking_ = asking; }
  void bind(const DatabaseCatalog* database) {
    database_ = database;
    types_.clear();
  }

  const TypeInfo* type(Oid oid) const override;
  std::optional<std::string_view> enum_label(Oid value) const override;

 private:
  struct Cached {
    std::optional<TypeInfo> info;
    bool settled = false;  // the same for everyone
    Xid viewer = 0;
    Xid doubt = 0;  // TransactionFamilies::take_doubt()
  };

  bool usable() const { return database_ != nullptr && database_->usable(); }

  const DatabaseCatalog* database_ = nullptr;
  const TransactionFamilies& families_;
  Xid asking_ = 0;
  mutable std::unordered_map<Oid, Cached> types_;
  mutable std::string label_;  // that was given last
};

}  // namespace walkit
