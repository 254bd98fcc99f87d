#include "archiver/copies.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace walkit {
namespace {

// Offset in the segment up to which both copies have records.
std::uint64_t common_bytes(const ObjectHeader& a, const ObjectHeader& b, Lsn start) {
  const Lsn until = std::min(recorded_until(a), recorded_until(b));
  return std::min({until - start, a.plain_size_bytes, b.plain_size_bytes});
}

// Whether the first `size` bytes of both are equal. The archived copy is read whole, so that it is checked
// too.
ArchiveResult<bool> equal_beginnings(const InputFile& input, ArchivedObject& copy, std::uint64_t size) {
  std::uint64_t offset = 0;
  bool equal = true;
  std::vector<std::byte> mine;
  const auto read = copy.extract([&](ByteSpan theirs) -> ArchiveResult<void> {
    if (equal && offset < size) {
      const ByteSpan relevant = theirs.first(std::min<std::uint64_t>(theirs.size(), size - offset));
      mine.resize(relevant.size());
      const auto got = input.read_at(offset, mine);
      if (!got) return std::unexpected(got.error());
      equal = *got == mine.size() && std::ranges::equal(mine, relevant);
    }
    offset += theirs.size();
    return {};
  });
  if (!read) return std::unexpected(read.error());
  return equal;
}

ArchiveResult<CopyRelation> relation_of(const InputFile& input, const ObjectHeader& header,
                                        ArchivedObject& copy) {
  if (copy.header().plain_digest == header.plain_digest &&
      copy.header().plain_size_bytes == header.plain_size_bytes) {
    // The header beside a plain copy may be another's: of two servers that pushed at once.
    if (copy.header().codec.codec != Codec::none) return CopyRelation::same;
    const auto equal = equal_beginnings(input, copy, input.size_bytes());
    if (!equal) return std::unexpected(equal.error());
    return *equal ? CopyRelation::same : CopyRelation::diverging;
  }
  if (input.name().kind == WalFileKind::partial) return CopyRelation::compatible;
  if (!input.is_segment()) return CopyRelation::diverging;
  const std::uint64_t size = common_bytes(header, copy.header(), input.probe().page.address);
  const auto equal = equal_beginnings(input, copy, size);
  if (!equal) return std::unexpected(equal.error());
  return *equal ? CopyRelation::compatible : CopyRelation::diverging;
}

bool is_damaged(const ArchiveError& error) { return error.kind == ArchiveError::Kind::damaged; }

}  // namespace

ArchiveResult<CopyVerdict> compare_copies(const Repository& repository, std::uint64_t system_identifier,
                                          const InputFile& input, const ObjectHeader& header) {
  const auto names = find_objects(repository, system_identifier, input.file(), input.name());
  if (!names) return std::unexpected(names.error());
  CopyVerdict verdict;
  for (const std::string& name : *names) {
    auto copy = ArchivedObject::open(repository.store(), name);
    const auto relation = copy ? relation_of(input, header, *copy) : std::unexpected(copy.error());
    if (!relation) {
      if (!is_damaged(relation.error())) return std::unexpected(relation.error());
      verdict.warnings.push_back(relation.error().text);
      verdict.relation = std::max(verdict.relation, CopyRelation::compatible);
      continue;
    }
    if (*relation == CopyRelation::same) return CopyVerdict{CopyRelation::same, name, {}, {}, {}};
    if (copy->header().diverging || *relation < verdict.relation) continue;
    verdict.relation = *relation;
    if (*relation != CopyRelation::diverging) continue;
    verdict.object = name;
    verdict.other_digest = copy->header().plain_digest.hex();
    verdict.other_writer = copy->header().archived_by;
  }
  return verdict;
}

}  // namespace walkit
