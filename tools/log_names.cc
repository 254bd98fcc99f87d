#include "tools/log_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/feed_input.h"
#include "tools/interrupt.h"
#include "walreader/bytes.h"
#include "walreader/rmgr/standby.h"
#include "walreader/rmgr/transaction.h"
#include "walreader/rmgr/xlog.h"

namespace walkit {
namespace {

enum RmgrId : std::uint8_t { kXlog = 0, kStorage = 2, kDatabase = 4, kRelationMap = 7 };

/// The records before the ones that are wanted: only what they do to the catalogs counts.
class CatchUp final : public RecordConsumer {
 public:
  CatchUp(LogNames& log, Lsn wanted) : log_(log), names_(log), wanted_(wanted) {}

  void begin(Lsn) override {}
  bool record(const Record& record) override {
    if (record.lsn() >= wanted_ || interrupted()) return false;
    names_.restart();
    names_.add(record);
    log_.apply(record, names_);
    return true;
  }
  std::unique_ptr<UnitOutput> make_output() override { return std::make_unique<Unit>(log_); }
  bool take(UnitOutput& output, Lsn end) override {
    return end <= wanted_ && log_.accepts(static_cast<Unit&>(output).names);
  }

 private:
  struct Unit final : UnitOutput {
    explicit Unit(LogNames& log) : names(log) { names.restart(); }
    void add(const Record& record) override { names.add(record); }
    void clear() override { names.restart(); }
    UnitNames names;
  };

  LogNames& log_;
  UnitNames names_;
  const Lsn wanted_;
};

}  // namespace

void UnitNames::restart() {
  if (const std::uint64_t now = log_.version(); now != version_ || entries_.empty()) {
    entries_.clear();
    version_ = now;
  }
  usable_ = true;
  says_who_runs_ = false;
  ended_.clear();
}

void UnitNames::add(const Record& record) {
  if (!usable_) return;
  asking_ = record.xid();
  concerns_ = false;
  switch (record.rmid()) {
    case kTransactionRmgrId:
      concerns_ = true;
      if (const auto mark = transaction_mark(record)) {
        ended_.push_back(mark->xid);
        for (Cursor subs(mark->subxacts); subs.remaining() >= sizeof(Xid);) ended_.push_back(subs.u32());
      }
      return;
    case kStandbyRmgrId:
    case kXlog:
      if (running_transactions(record) || read_checkpoint(record) || is_end_of_recovery(record))
        concerns_ = says_who_runs_ = true;
      break;
    case kStorage:
    case kDatabase:
    case kRelationMap:
      concerns_ = true;
      usable_ = false;
      return;
    default:
      break;
  }
  for (const BlockRef& block : record.blocks()) {
    if (!entry(block.relation).followed) continue;
    concerns_ = true;
    usable_ = false;
  }
}

const UnitNames::Entry& UnitNames::entry(const RelFileLocator& file) {
  if (const auto known = entries_.find(file); known != entries_.end()) return known->second;
  auto found = log_.look_up(file, asking_, version_);
  if (!found) usable_ = false;
  if (found && found->settled) return entries_.emplace(file, *std::move(found)).first->second;
  usable_ = false;
  unsettled_ = std::move(found).value_or(Entry{});
  return unsettled_;
}

const RelationName* UnitNames::of(const RelFileLocator& file) { return entry(file).name.get(); }

LogNames::LogNames(FeedOrigin origin, const Messages& messages)
    : origin_(std::move(origin)), messages_(messages) {}

std::expected<void, std::string> LogNames::read(const WalInput& input) {
  const auto begun = begin_at_checkpoint(origin_, input);
  if (auto read = followed_.read(); !read) return read;
  followed_.follower().keep_former_names(&former_);
  if (!begun) stop_following(begun.error());
  return {};
}

bool LogNames::catch_up(WalInput& input, int jobs) {
  const Lsn wanted = input.range.start;
  const auto server = system_identifier_at(*input.source, wanted);  // an error is said when records are read
  if (input.format->major != origin_.major() || (server && *server != origin_.system_identifier())) {
    messages_.error(fmt::format("the WAL is not that of the server that \"{}\" belongs to", origin_.name()));
    return false;
  }
  if (const auto done = read(input); !done) {
    messages_.error(done.error());
    return false;
  }
  if (wanted <= origin_.position()) return true;
  if (input.ends_with_file) {
    stop_following(fmt::format("WAL from {} to {} is not in the file", to_string(origin_.position()),
                               to_string(wanted)));
    return true;
  }
  CatchUp consumer(*this, wanted);
  const DecodeResult result =
      decode_in_order(*input.source, *input.format, {origin_.position(), {}}, jobs, consumer);
  if (result.why == DecodeEnd::consumer || interrupted()) return true;
  const Lsn reached = std::max(result.position, origin_.position());
  // There may be no record at or after the one that is wanted.
  if (reached < wanted)
    stop_following(fmt::format("WAL from {} to {} cannot be read", to_string(reached), to_string(wanted)));
  return true;
}

void LogNames::stop_following(const std::string& why) {
  if (!following_) return;
  following_ = false;
  messages_.warning(why);
  messages_.hint("Relations have the names that they had before; new ones have none.");
}

void LogNames::skip(Lsn from, Lsn to) {
  const std::lock_guard lock(mutex_);
  if (to > origin_.position())
    stop_following(fmt::format("WAL from {} to {} cannot be read", to_string(from), to_string(to)));
}

// What the catalogs came through on their way to where they are is not known.
bool LogNames::changes_catalogs(const Record& record) const {
  const std::uint8_t operation = record.info() & kHeapOperationMask;
  constexpr std::uint8_t kUpdate = 0x20, kHotUpdate = 0x40, kMultiInsert = 0x50;
  const bool changes_rows = record.rmid() == kHeapRmgrId && (operation <= kUpdate || operation == kHotUpdate);
  const bool adds_rows = record.rmid() == kHeap2RmgrId && operation == kMultiInsert;
  if (!changes_rows && !adds_rows) return record.rmid() == kDatabase || record.rmid() == kRelationMap;
  return std::ranges::any_of(record.blocks(), [&](const BlockRef& block) {
    return followed_.catalog().wants_pages(block.relation);
  });
}

void LogNames::apply(const Record& record, const UnitNames& names) {
  if (!names.concerns_) return;
  const std::lock_guard lock(mutex_);
  if (!following_) return;
  if (record.lsn() < origin_.position()) {
    if (told_of_earlier_ || !changes_catalogs(record)) return;
    told_of_earlier_ = true;
    messages_.warning(fmt::format("names before {} are those that \"{}\" has at {}",
                                  to_string(origin_.position()), origin_.name(),
                                  to_string(origin_.position())));
    return;
  }
  if (const auto applied = followed_.follower().apply(record, nullptr); !applied)
    stop_following(applied.error());
}

bool LogNames::accepts(const UnitNames& unit) const {
  const std::lock_guard lock(mutex_);
  const Catalog& catalog = followed_.catalog();
  if (!unit.usable_ || unit.version_ != catalog.generation()) return false;
  if (!catalog.any_open()) return true;
  return !unit.says_who_runs_ &&
         std::ranges::none_of(unit.ended_, [&](Xid xid) { return catalog.is_open(xid); });
}

std::uint64_t LogNames::version() const {
  const std::lock_guard lock(mutex_);
  return followed_.catalog().generation();
}

std::optional<UnitNames::Entry> LogNames::look_up(const RelFileLocator& file, Xid asking,
                                                  std::uint64_t version) const {
  const std::lock_guard lock(mutex_);
  const Catalog& catalog = followed_.catalog();
  if (catalog.generation() != version) return {};
  UnitNames::Entry entry{.name = nullptr, .followed = catalog.wants_pages(file), .settled = true};
  if (auto found = find_name(catalog, file, asking)) {
    entry.settled = found->settled;
    entry.name = std::make_shared<const RelationName>(std::move(found->name));
  } else if (const RelationName* former = former_.find(file)) {
    entry.name = std::make_shared<const RelationName>(*former);
  }
  return entry;
}

bool open_names(const std::string& where, WalInput& input, int jobs, const Messages& messages,
                std::unique_ptr<LogNames>& names) {
  if (where.empty()) return true;
  auto origin = FeedOrigin::open(where, nullptr);
  if (!origin) {
    messages.error(origin.error());
    return false;
  }
  names = std::make_unique<LogNames>(*std::move(origin), messages);
  return names->catch_up(input, jobs);
}

}  // namespace walkit
