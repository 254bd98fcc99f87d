// The table is that of pg_waldump.c, XLogDumpDisplayStats; the counting that of xlogstats.c.
#include "walreader/record_counts.h"

#include <fmt/format.h>

#include <iterator>
#include <string>

#include "walreader/rmgr/rmgr.h"

namespace walkit {
namespace {

constexpr std::uint8_t kTransactionRmgr = 1;
constexpr int kTransactionTypes = 0x07;  // the fourth bit of its nibble says whether xinfo is there

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

void append_row(std::string& out, std::string_view name, const Volume& row, const Volume& total) {
  fmt::format_to(std::back_inserter(out),
                 "{:<27} {:20} ({:6.2f}) {:20} ({:6.2f}) {:20} ({:6.2f}) {:20} ({:6.2f})\n", name,
                 row.records, percent(row.records, total.records), row.record_bytes,
                 percent(row.record_bytes, total.record_bytes), row.image_bytes,
                 percent(row.image_bytes, total.image_bytes), row.total_bytes(),
                 percent(row.total_bytes(), total.total_bytes()));
}

void append_header(std::string& out) {
  constexpr auto kLine = "{:<27} {:>20} {:>8} {:>20} {:>8} {:>20} {:>8} {:>20} {:>8}\n";
  const auto at = std::back_inserter(out);
  fmt::format_to(at, kLine, "Type", "N", "(%)", "Record size", "(%)", "FPI size", "(%)", "Combined size",
                 "(%)");
  fmt::format_to(at, kLine, "----", "-", "---", "-----------", "---", "--------", "---", "-------------",
                 "---");
}

// Unlike in the rows above, percentages here are of the bytes of all records and images together.
void append_footer(std::string& out, const Volume& total) {
  constexpr std::string_view kRule = "--------";
  const auto at = std::back_inserter(out);
  fmt::format_to(at, "{:<27} {:>20} {:>8} {:>20} {:>8} {:>20} {:>8} {:>20}\n", "", kRule, "", kRule, "",
                 kRule, "", kRule);
  fmt::format_to(at, "{:<27} {:20} {:<9}{:20} {:<9}{:20} {:<9}{:20} {:<6}\n", "Total", total.records, "",
                 total.record_bytes,
                 fmt::format("[{:.2f}%]", percent(total.record_bytes, total.total_bytes())),
                 total.image_bytes, fmt::format("[{:.2f}%]", percent(total.image_bytes, total.total_bytes())),
                 total.total_bytes(), "[100%]");
}

std::string type_name(Major major, int rmid, int type) {
  const auto info = static_cast<std::uint8_t>(type << 4);
  const auto id = static_cast<std::uint8_t>(rmid);
  const std::string_view name = record_name(major, id, info);
  return name.empty() ? fmt::format("{}/UNKNOWN ({:x})", rmgr_name(id), info)
                      : fmt::format("{}/{}", rmgr_name(id), name);
}

}  // namespace

void RecordCounts::add(const Record& record) {
  int type = record.info() >> 4;
  if (record.rmid() == kTransactionRmgr) type &= kTransactionTypes;
  (*volumes_)[slot(record.rmid(), type)].add(record);
}

RecordCounts& RecordCounts::operator+=(const RecordCounts& other) {
  for (std::size_t i = 0; i < volumes_->size(); ++i) (*volumes_)[i] += (*other.volumes_)[i];
  return *this;
}

Volume RecordCounts::of_rmgr(int rmid) const {
  Volume sum;
  for (int type = 0; type < kTypes; ++type) sum += of(rmid, type);
  return sum;
}

Volume RecordCounts::total() const {
  Volume sum;
  for (const Volume& volume : *volumes_) sum += volume;
  return sum;
}

void append_counts_table(TextBuffer& out, const RecordCounts& counts, CountsBy by, Major major) {
  std::string table;
  append_header(table);
  const Volume total = counts.total();
  for (int rmid = 0; rmid < RecordCounts::kRmgrs; ++rmid) {
    if (by == CountsBy::rmgr) {
      const Volume row = counts.of_rmgr(rmid);
      // built-in ones are listed even if there were none
      if (row.records > 0 || rmid < kBuiltinRmgrCount)
        append_row(table, rmgr_name(static_cast<std::uint8_t>(rmid)), row, total);
    } else {
      for (int type = 0; type < RecordCounts::kTypes; ++type)
        if (const Volume& row = counts.of(rmid, type); row.records > 0)
          append_row(table, type_name(major, rmid, type), row, total);
    }
  }
  append_footer(table, total);
  out.append(table);
}

}  // namespace walkit
