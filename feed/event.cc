#include "feed/event.h"

#include <fmt/format.h>

#include <array>

namespace walkit {

std::string_view name_of(Unavailable reason) {
  constexpr std::array<std::string_view, 7> kNames = {
      "", "toast_unchanged", "base_page_unknown", "fpw_off", "schema_unknown", "type_unrendered", "encoding"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::string event_id_prefix(const TransactionInfo& transaction, Lsn at) {
  return fmt::format("{}/{}/{:016X}/", transaction.system_identifier, transaction.timeline.value, at.value);
}

}  // namespace walkit
