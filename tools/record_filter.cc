#include "tools/record_filter.h"

#include <algorithm>

#include "feed/feed_filter.h"
#include "walreader/rmgr/rmgr.h"

namespace walkit {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <typename T>
bool contains(const std::vector<T>& values, const T& value) {
  return std::ranges::find(values, value) != values.end();
}

// "INSERT" or "Heap/INSERT", in any case.
bool names_type(std::string_view wanted, std::string_view rmgr, std::string_view type) {
  if (equal_ignoring_case(wanted, type)) return true;
  return wanted.size() == rmgr.size() + 1 + type.size() && wanted[rmgr.size()] == '/' &&
         equal_ignoring_case(wanted.substr(0, rmgr.size()), rmgr) &&
         equal_ignoring_case(wanted.substr(rmgr.size() + 1), type);
}

// A pattern without a dot is one of names in any schema.
bool matches_name(const std::vector<std::string>& patterns, const std::string& schema,
                  const std::string& name) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return walkit::matches(pattern, pattern.contains('.') ? schema + '.' + name : name);
  });
}

}  // namespace

bool record_type_exists(std::string_view name) {
  return std::ranges::any_of(builtin_rmgrs(), [&](const Rmgr* rmgr) {
    return std::ranges::any_of(rmgr->types, [&](const RecordType& type) {
      return !type.name.empty() && names_type(name, rmgr->name, type.name);
    });
  });
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool RecordFilter::empty() const {
  return !by_rmgr && xids.empty() && relations.empty() && !by_name() && !block && !fork && !with_image &&
         types.empty();
}

bool RecordFilter::matches(const Record& record, RelationNames* names) const {
  if (by_rmgr && !rmgrs[record.rmid()]) return false;
  if (!xids.empty() && !contains(xids, record.xid())) return false;
  if ((!relations.empty() || by_name() || fork) && !matches_blocks(record, names)) return false;
  if (with_image && !std::ranges::any_of(record.blocks(), &BlockRef::has_image)) return false;
  return types.empty() || matches_type(record);
}

// One block reference has to meet all of the criteria.
bool RecordFilter::matches_blocks(const Record& record, RelationNames* names) const {
  return std::ranges::any_of(record.blocks(), [&](const BlockRef& ref) {
    return (!block || *block == ref.block) && (!fork || *fork == ref.fork) &&
           matches_relation(ref.relation, names);
  });
}

bool RecordFilter::matches_relation(const RelFileLocator& relation, RelationNames* names) const {
  if (relations.empty() && !by_name()) return true;
  if (contains(relations, relation)) return true;
  const RelationName* name = names == nullptr || !by_name() ? nullptr : names->of(relation);
  return name != nullptr && (matches_name(relation_names, name->schema, name->name) ||
                             matches_name(tables, name->table_schema, name->table));
}

bool RecordFilter::matches_type(const Record& record) const {
  const std::string_view rmgr = rmgr_name(record.rmid());
  const std::string_view name = record_name(record.major(), record.rmid(), record.info());
  return std::ranges::any_of(types, [&](std::string_view wanted) { return names_type(wanted, rmgr, name); });
}

}  // namespace walkit
