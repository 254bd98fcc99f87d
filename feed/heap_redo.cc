#include "feed/heap_redo.h"

namespace walkit {
namespace {

/// XLHL_*: bits of a record, and those of t_infomask that they stand for.
struct Infobit {
  std::uint8_t logged;
  std::uint16_t infomask;
};
constexpr Infobit kInfobits[] = {
    {0x01, infomask::kXmaxIsMulti},
    {0x02, infomask::kXmaxLockOnly},
    {0x04, infomask::kExclusiveLock},
    {0x08, infomask::kKeyShareLock},
};
constexpr std::uint8_t kLoggedKeysUpdated = 0x10;

/// heap_execute_freeze_tuple: what freezing makes of a header. All but the tuple's place, which each major
/// keeps elsewhere.
struct Freeze {
  Xid xmax = 0;
  std::uint16_t infomask2 = 0, infomask = 0;
  std::uint8_t flags = 0;

  bool apply(HeapPage page, std::uint16_t number) const {
    constexpr std::uint8_t kFreezeXvac = 0x02, kInvalidXvac = 0x04;
    constexpr Xid kFrozenXid = 2;
    const std::span<std::byte> tuple = page.tuple(number);
    if (tuple.empty()) return false;
    TupleHeader header(tuple.data());
    header.set_xmax(xmax);
    if (flags & kFreezeXvac) header.set_xvac(kFrozenXid);
    if (flags & kInvalidXvac) header.set_xvac(0);
    header.set_infomask(infomask);
    header.set_infomask2(infomask2);
    return true;
  }
};

constexpr std::size_t kFreezePlanSize = 12;
constexpr std::size_t kOffsetSize = sizeof(std::uint16_t);

/// xl_heap_freeze_plan: one way to freeze for several tuples, whose offsets follow one another in `offsets`.
bool freeze_by_plans(HeapPage page, Cursor plans, Cursor offsets) {
  while (plans.remaining() > 0) {
    Freeze freeze;
    freeze.xmax = plans.u32();
    freeze.infomask2 = plans.u16();
    freeze.infomask = plans.u16();
    freeze.flags = plans.u8();
    plans.skip(1);
    const std::uint16_t tuples = plans.u16();
    for (int i = 0; i < tuples; ++i)
      if (!freeze.apply(page, offsets.u16())) return false;
  }
  return offsets.ok();
}

/// heap_page_prune_execute. Dead items may become unused or dead; compaction waits until space is needed.
bool prune_items(HeapPage page, Cursor redirected, Cursor dead, Cursor unused) {
  while (redirected.remaining() > 0) {
    const std::uint16_t from = redirected.u16();
    if (!page.set_redirect(from, redirected.u16())) return false;
  }
  while (dead.remaining() > 0)
    if (!page.set_dead(dead.u16())) return false;
  while (unused.remaining() > 0)
    if (!page.set_unused(unused.u16())) return false;
  return true;
}

Cursor first_block_data(const Record& record) { return Cursor(record.block_data(*record.block(0))); }

}  // namespace

// compute_infobits the other way round, fix_infomask_from_infobits.
void set_tuple_xmax(TupleHeader header, Xid xmax, std::uint8_t infobits) {
  int bits = header.infomask() & ~(infomask::kXmaxBits | infomask::kMoved);
  for (const Infobit& bit : kInfobits)
    if (infobits & bit.logged) bits |= bit.infomask;
  int bits2 = header.infomask2() & ~infomask2::kKeysUpdated;
  if (infobits & kLoggedKeysUpdated) bits2 |= infomask2::kKeysUpdated;
  header.set_infomask(bits);
  header.set_infomask2(bits2);
  header.set_xmax(xmax);
}

bool redo_lock(const Record& record, HeapPage page) {
  const auto lock = read_xmax(record);
  if (!lock) return false;
  const std::span<std::byte> tuple = page.tuple(lock->offset);
  if (tuple.empty()) return false;
  TupleHeader header(tuple.data());
  set_tuple_xmax(header, lock->xmax, lock->infobits);
  if (is_locked_only(header.infomask())) {
    header.set_infomask2(header.infomask2() & ~infomask2::kHotUpdated);
    header.set_ctid({record.block(0)->block, lock->offset});
  }
  header.clear_command_id();
  return true;
}

bool redo_lock_updated(const Record& record, HeapPage page) {
  const auto lock = read_xmax(record);
  if (!lock) return false;
  const std::span<std::byte> tuple = page.tuple(lock->offset);
  if (tuple.empty()) return false;
  set_tuple_xmax(TupleHeader(tuple.data()), lock->xmax, lock->infobits);
  return true;
}

bool redo_prune(const Record& record, HeapPage page) {
  Cursor counts(record.main_data());
  counts.skip(sizeof(Xid));
  const std::size_t redirected_count = counts.u16();
  const std::size_t dead_count = counts.u16();
  Cursor items = first_block_data(record);
  const Cursor redirected(items.bytes(redirected_count * 2 * kOffsetSize));
  const Cursor dead(items.bytes(dead_count * kOffsetSize));
  return counts.ok() && items.ok() && prune_items(page, redirected, dead, items);
}

bool redo_vacuum(const Record& record, HeapPage page) {
  const std::size_t unused_count = Cursor(record.main_data()).u16();
  Cursor items = first_block_data(record);
  const Cursor unused(items.bytes(unused_count * kOffsetSize));
  return items.ok() && prune_items(page, Cursor({}), Cursor({}), unused);
}

bool redo_freeze_tuples(const Record& record, HeapPage page) {
  Cursor counts(record.main_data());
  counts.skip(sizeof(Xid));
  const std::uint16_t tuples = counts.u16();
  Cursor in = first_block_data(record);
  for (int i = 0; i < tuples; ++i) {
    Freeze freeze;
    freeze.xmax = in.u32();
    const std::uint16_t number = in.u16();
    freeze.infomask2 = in.u16();
    freeze.infomask = in.u16();
    freeze.flags = in.u8();
    in.skip(1);  // padding
    if (!in.ok() || !freeze.apply(page, number)) return false;
  }
  return counts.ok();
}

bool redo_freeze_plans(const Record& record, HeapPage page) {
  Cursor counts(record.main_data());
  counts.skip(sizeof(Xid));
  const std::size_t plan_count = counts.u16();
  Cursor in = first_block_data(record);
  const Cursor plans(in.bytes(plan_count * kFreezePlanSize));
  return counts.ok() && in.ok() && freeze_by_plans(page, plans, in);
}

// heap_xlog_deserialize_prune_and_freeze: each list is there if its flag is set and begins with its length;
// last come the offsets of frozen tuples.
bool redo_prune_and_freeze(const Record& record, HeapPage page) {
  constexpr std::uint8_t kFreezePlans = 0x10, kRedirections = 0x20, kDead = 0x40, kUnused = 0x80;
  Cursor main(record.main_data());
  main.skip(1);  // the reason
  const std::uint8_t flags = main.u8();
  Cursor in = first_block_data(record);
  const auto list = [&](std::uint8_t flag, std::size_t padding, std::size_t item_size) {
    if (!(flags & flag)) return Cursor({});
    const std::size_t count = in.u16();
    in.skip(padding);
    return Cursor(in.bytes(count * item_size));
  };
  const Cursor plans = list(kFreezePlans, 2, kFreezePlanSize);
  const Cursor redirected = list(kRedirections, 0, 2 * kOffsetSize);
  const Cursor dead = list(kDead, 0, kOffsetSize);
  const Cursor unused = list(kUnused, 0, kOffsetSize);
  return main.ok() && in.ok() && prune_items(page, redirected, dead, unused) &&
         freeze_by_plans(page, plans, in);
}

}  // namespace walkit
