#include "feed/feed_filter.h"

#include <algorithm>

namespace walkit {
namespace {

template <typename List, typename Value>
bool allows(const List& list, const Value& value) {
  return list.empty() || std::ranges::find(list, value) != list.end();
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  // After a mismatch the last * takes one character more.
  std::size_t p = 0, t = 0, star = std::string_view::npos, taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return pattern.substr(p).find_first_not_of('*') == std::string_view::npos;
}

bool FeedFilter::wants_database(std::string_view name) const { return allows(databases, name); }

bool FeedFilter::wants_table(std::string_view schema, std::string_view name) const {
  if (tables.empty()) return true;
  const std::string whole = std::string(schema) + '.' + std::string(name);
  return std::ranges::any_of(tables, [&](const std::string& pattern) {
    return matches(pattern, pattern.contains('.') ? std::string_view(whole) : name);
  });
}

bool FeedFilter::wants_column(std::string_view name) const {
  return columns.empty() ||
         std::ranges::any_of(columns, [&](const std::string& pattern) { return matches(pattern, name); });
}

bool FeedFilter::wants_operation(ChangeKind kind) const { return allows(operations, kind); }

bool FeedFilter::wants_commit(const TransactionInfo& transaction) const {
  return allows(xids, transaction.xid) && transaction.commit_lsn >= start &&
         (!since || transaction.commit_time >= *since) && (!until || transaction.commit_time < *until);
}

}  // namespace walkit
