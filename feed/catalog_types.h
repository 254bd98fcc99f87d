// The types of one database as a transaction sees them.
#pragma once

#include <unordered_map>

#include "feed/database_catalog.h"
#include "feed/schema.h"

namespace walkit {

/// Borrows the database and the families; both must be told of by clear() when they change. One thread at a
/// time: lookups fill a cache.
class DatabaseTypes : public TypeCatalog {
 public:
  DatabaseTypes(const DatabaseCatalog& database, const TransactionFamilies& families)
      : database_(database), families_(families) {}

  void set_asking(Xid asking) { asking_ = asking; }
  void clear() { types_.clear(); }

  const TypeInfo* type(Oid oid) const override;
  std::optional<std::string_view> enum_label(Oid value) const override;

 private:
  struct Cached {
    std::optional<TypeInfo> info;
    bool settled = false;  // the same for everyone
    Xid viewer = 0;
  };

  const DatabaseCatalog& database_;
  const TransactionFamilies& families_;
  Xid asking_ = 0;
  mutable std::unordered_map<Oid, Cached> types_;
};

}  // namespace walkit
