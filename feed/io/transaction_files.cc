#include "feed/io/transaction_files.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "feed/transaction_buffer.h"
#include "walreader/bytes.h"

namespace walkit {
namespace {

constexpr std::uint32_t kPagesPerSegment = 32;
constexpr std::uint32_t kXidsPerPage = kRelationBlockSize * 4;

constexpr std::uint32_t kMultixactsPerPage = kRelationBlockSize / 4;
/// Members come in groups of four: a byte of flags for each, then their transactions.
constexpr std::uint32_t kGroupMembers = 4;
constexpr std::uint32_t kGroupSize = 20;
constexpr std::uint32_t kGroupsPerPage = kRelationBlockSize / kGroupSize;
/// MultiXactStatus: from here on it changes or deletes the row, before that it locks it.
constexpr unsigned kFirstUpdate = 4;
/// More can be in one, but not of those that lock rows of catalogs.
constexpr std::uint32_t kMaxMembers = 1024;

enum Status : std::uint8_t { in_progress = 0, committed = 1, aborted = 2, sub_committed = 3 };

std::string segment_path(std::string_view directory, std::uint32_t page) {
  return fmt::format("{}/{:04X}", directory, page / kPagesPerSegment);
}

std::uint64_t offset_of_page(std::uint32_t page) {
  return std::uint64_t{page % kPagesPerSegment} * kRelationBlockSize;
}

/// A state file begins with xl_xact_prepare (access/xact.h), the name and the subtransactions, each padded to
/// 8 bytes.
constexpr std::uint32_t kStateMagic = 0x57F94534;
constexpr std::size_t kStateSubxactCount = 28;
struct StateHeader {
  std::size_t size, name_length;  ///< of all of it; where the length of the name is
};
constexpr StateHeader kStateHeader13{64, 46}, kStateHeader15{72, 54};

/// A prepared transaction and its subtransactions, for which pg_xact has nothing either.
std::expected<void, std::string> read_state_file(DataFiles& files, std::string_view path, int major,
                                                 std::set<Xid>& xids) {
  const auto damaged = [&] {
    return std::unexpected(fmt::format("file {} is no state of a prepared transaction", files.quoted(path)));
  };
  const auto [size, name_length] = major < 15 ? kStateHeader13 : kStateHeader15;
  std::array<std::byte, kStateHeader15.size> header;
  const auto found = files.read_at(path, 0, std::span(header).first(size));
  if (!found) return std::unexpected(found.error());
  if (!*found || load_le<std::uint32_t>(header.data()) != kStateMagic) return damaged();
  const auto count = load_le<std::int32_t>(header.data() + kStateSubxactCount);
  std::uint64_t at = size + (load_le<std::uint16_t>(header.data() + name_length) + 7) / 8 * 8;
  for (std::int32_t i = 0; i < count; ++i, at += sizeof(Xid)) {
    std::array<std::byte, sizeof(Xid)> subxact;
    const auto read = files.read_at(path, at, subxact);
    if (!read) return std::unexpected(read.error());
    if (!*read) return damaged();
    xids.insert(load_le<Xid>(subxact.data()));
  }
  return {};
}

/// pg_twophase holds a file for each prepared transaction, named by its number in hexadecimal. Where files
/// `come_and_go`, one that cannot be read is of a transaction that WAL tells about.
std::expected<std::set<Xid>, std::string> prepared_transactions(DataFiles& files, int major,
                                                                bool come_and_go) {
  const auto names = files.list("pg_twophase");
  if (!names) return std::unexpected(names.error());
  std::set<Xid> xids;
  for (const std::string& name : *names) {
    std::uint64_t number = 0;  // with the epoch, from 17 on
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number, 16);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    xids.insert(static_cast<Xid>(number));
    auto read = read_state_file(files, "pg_twophase/" + name, major, xids);
    if (!read && !come_and_go) return std::unexpected(read.error());
  }
  return xids;
}

}  // namespace

std::expected<TransactionFiles, std::string> TransactionFiles::open(DataFiles& files,
                                                                    const PgControl& control, Xid next_xid) {
  // Where the server ran, whatever did not end may be running, and files come and go under a backup's reader.
  const bool was_shut_down = control.oldest_active_xid == 0;
  auto prepared = prepared_transactions(files, control.major, !was_shut_down);
  if (!prepared) return std::unexpected(prepared.error());
  return TransactionFiles(files, control, next_xid, std::move(*prepared));
}

std::expected<std::uint8_t, std::string> TransactionFiles::status(Xid xid) {
  const std::uint32_t page = xid / kXidsPerPage;
  if (page != page_) {
    page_bytes_.resize(kRelationBlockSize);
    page_ = kNoPage;  // what is read of one that is cut short takes the place of the last
    const auto found = files_.read_at(segment_path("pg_xact", page), offset_of_page(page), page_bytes_);
    if (!found) return std::unexpected(found.error());
    // Only of a transaction that ran at the start may the file not have grown that far.
    if (!*found && !xid_precedes(xid, oldest_running_)) return in_progress;
    if (!*found)
      return std::unexpected(fmt::format("file {} does not say how transaction {} ended",
                                         files_.quoted(segment_path("pg_xact", page)), xid));
    page_ = page;
  }
  const auto bits = std::to_integer<unsigned>(page_bytes_[xid % kXidsPerPage / 4]);
  return static_cast<std::uint8_t>(bits >> xid % 4 * 2 & 3);
}

// Where a server died, its transactions stay in progress for ever.
std::expected<XidFate, std::string> TransactionFiles::fate(Xid xid) {
  if (!xid_precedes(xid, next_xid_)) return XidFate::later;
  const auto found = status(xid);
  if (!found) return std::unexpected(found.error());
  if (*found == committed) return XidFate::committed;
  if (*found == aborted) return XidFate::aborted;
  const bool running = !xid_precedes(xid, oldest_running_) || prepared_.contains(xid);
  return running ? XidFate::running : XidFate::aborted;
}

// A tuple keeps the number after it was frozen. In a cluster that has used up all numbers once, one from
// long ago can look later, which makes the row unknown until it changes.
std::expected<bool, std::string> TransactionFiles::frozen_later(Xid xid) {
  if (xid_precedes(xid, next_xid_)) return false;
  if (!xid_precedes(xid, next_xid_now_)) {
    const auto now = files_.next_xid(next_xid_);
    if (!now) return std::unexpected(now.error());
    next_xid_now_ = *now;
  }
  return xid_precedes(xid, next_xid_now_);
}

std::expected<Xid, std::string> TransactionFiles::updater(Xid multixact) {
  // Whatever made it was after the start, and its members may not be on disk.
  if (!xid_precedes(multixact, next_multixact_)) return Xid{0};
  const std::uint32_t page = multixact / kMultixactsPerPage;
  std::byte word[4];
  const auto found =
      files_.read_at(segment_path("pg_multixact/offsets", page),
                     offset_of_page(page) + std::uint64_t{multixact % kMultixactsPerPage} * 4, word);
  if (!found) return std::unexpected(found.error());
  const std::uint32_t first = *found ? load_le<std::uint32_t>(word) : 0;
  // Behind the last member is another multixact's, which cannot be told from this one's; but an update is
  // only ever the one that names this multixact, and comes before that.
  for (std::uint32_t i = 0; i < kMaxMembers; ++i) {
    const std::uint32_t member = first + i;  // numbers come round again
    const std::uint32_t group = member / kGroupMembers;
    const std::uint32_t members_page = group / kGroupsPerPage;
    std::byte bytes[kGroupSize];
    const auto read = files_.read_at(
        segment_path("pg_multixact/members", members_page),
        offset_of_page(members_page) + std::uint64_t{group % kGroupsPerPage} * kGroupSize, bytes);
    if (!read) return std::unexpected(read.error());
    const Xid xid = load_le<Xid>(bytes + 4 + member % kGroupMembers * 4);
    if (*read && member == 0) continue;  // never used
    if (!*read || xid == 0) break;
    if (std::to_integer<unsigned>(bytes[member % kGroupMembers]) >= kFirstUpdate) return xid;
  }
  return std::unexpected(fmt::format("multixact {} has no member that changed the row", multixact));
}

}  // namespace walkit
