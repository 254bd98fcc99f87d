// The way out of damage: the next record that is provably one.
#pragma once

#include <optional>

#include "segments/ordered_decode.h"
#include "walreader/version.h"

namespace walkit {

/// The first record that begins on a page after that of `failed` and before `end` (zero: no limit), and
/// passes every check. nullopt: there is none, or the user interrupts the search.
std::optional<ResumePoint> next_sound_record(WalSource& source, const WalFormat& format, Lsn failed, Lsn end);

}  // namespace walkit
