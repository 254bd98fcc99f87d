#include "tools/record_filter.h"

#include <algorithm>

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
  return !by_rmgr && xids.empty() && relations.empty() && !block && !fork && !with_image && types.empty();
}

bool RecordFilter::matches(const Record& record) const {
  if (by_rmgr && !rmgrs[record.rmid()]) return false;
  if (!xids.empty() && !contains(xids, record.xid())) return false;
  if ((!relations.empty() || fork) && !matches_blocks(record)) return false;
  if (with_image && !std::ranges::any_of(record.blocks(), &BlockRef::has_image)) return false;
  return types.empty() || matches_type(record);
}

// One block reference has to meet all of the criteria.
bool RecordFilter::matches_blocks(const Record& record) const {
  return std::ranges::any_of(record.blocks(), [&](const BlockRef& ref) {
    return (relations.empty() || contains(relations, ref.relation)) && (!block || *block == ref.block) &&
           (!fork || *fork == ref.fork);
  });
}

bool RecordFilter::matches_type(const Record& record) const {
  const std::string_view rmgr = rmgr_name(record.rmid());
  const std::string_view name = record_name(record.major(), record.rmid(), record.info());
  return std::ranges::any_of(types, [&](std::string_view wanted) { return names_type(wanted, rmgr, name); });
}

}  // namespace walkit
