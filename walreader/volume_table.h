// A hash table of what is counted by relation, transaction or minute, of bounded size.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "walreader/types.h"

namespace walkit {

/// Spreads the bits of `key` over the whole word (the finalizer of MurmurHash3).
constexpr std::uint64_t mix_bits(std::uint64_t key) {
  key ^= key >> 33;
  key *= 0xFF51AFD7ED558CCDu;
  key ^= key >> 33;
  key *= 0xC4CEB9FE1A85EC53u;
  return key ^ (key >> 33);
}

constexpr std::uint64_t hash_key(std::uint64_t key) { return mix_bits(key); }
constexpr std::uint64_t hash_key(const RelFileLocator& key) {
  return mix_bits(mix_bits((std::uint64_t{key.database} << 32) | key.relation) + key.tablespace);
}

/// Rows by key in the order of their first appearance. A Row has a `key`, is default-constructed otherwise,
/// adds another with +=, and has total_bytes() to be measured by.
///
/// Open addressing over an index of row numbers, since most look-ups hit the row that the last one hit, or
/// one of few. A value; one thread at a time. References to rows hold until the next at() or fold().
template <typename Row>
class VolumeTable {
 public:
  using Key = decltype(Row::key);

  std::span<const Row> rows() const { return rows_; }

  /// The row of `key`, made if there is none.
  Row& at(const Key& key) {
    if (last_ < rows_.size() && rows_[last_].key == key) return rows_[last_];
    if (rows_.size() * 2 >= index_.size()) rebuild(std::max(kMinIndex, index_.size() * 2));
    std::uint32_t& number = find(key);
    if (number == kFree) {
      number = static_cast<std::uint32_t>(rows_.size());
      rows_.emplace_back().key = key;
    }
    last_ = number;
    return rows_[last_];
  }

  /// If there are more than `limit` rows, adds all but the largest half of `limit` to folded(). The order of
  /// the remaining stays, and which remain does not depend on it.
  void fold(std::size_t limit) {
    if (rows_.size() <= limit) return;
    const std::size_t kept = limit / 2;
    std::vector<std::uint32_t> by_size(rows_.size());
    std::iota(by_size.begin(), by_size.end(), 0u);
    std::ranges::nth_element(by_size, by_size.begin() + static_cast<std::ptrdiff_t>(kept), larger_in(rows_));
    std::vector<bool> keep(rows_.size());
    for (std::size_t i = 0; i < kept; ++i) keep[by_size[i]] = true;

    std::size_t next = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (keep[i])
        rows_[next++] = rows_[i];
      else
        folded_ += rows_[i];
    }
    folded_rows_ += rows_.size() - next;
    rows_.resize(next);
    last_ = 0;
    rebuild(index_.size());
  }

  /// The sum of the rows that are gone, and how many those were; one that came back counts again.
  const Row& folded() const { return folded_; }
  std::uint64_t folded_rows() const { return folded_rows_; }

  VolumeTable& operator+=(const VolumeTable& other) {
    for (const Row& row : other.rows_) at(row.key) += row;
    folded_ += other.folded_;
    folded_rows_ += other.folded_rows_;
    return *this;
  }

 private:
  static constexpr std::uint32_t kFree = UINT32_MAX;
  static constexpr std::size_t kMinIndex = 64;

  static auto larger_in(const std::vector<Row>& rows) {
    return [&rows](std::uint32_t a, std::uint32_t b) {
      const std::uint64_t size_a = rows[a].total_bytes();
      const std::uint64_t size_b = rows[b].total_bytes();
      return size_a != size_b ? size_a > size_b : rows[a].key < rows[b].key;
    };
  }

  std::uint32_t& find(const Key& key) {
    std::size_t slot = hash_key(key) & (index_.size() - 1);
    while (index_[slot] != kFree && !(rows_[index_[slot]].key == key))
      slot = (slot + 1) & (index_.size() - 1);
    return index_[slot];
  }

  void rebuild(std::size_t size) {
    index_.assign(size, kFree);
    for (std::size_t i = 0; i < rows_.size(); ++i) find(rows_[i].key) = static_cast<std::uint32_t>(i);
  }

  std::vector<Row> rows_;
  std::vector<std::uint32_t> index_;  // a power of two, at most half full
  std::size_t last_ = 0;              // the row of the last look-up
  Row folded_;
  std::uint64_t folded_rows_ = 0;
};

}  // namespace walkit
