// Whether an absent segment is a hole in the archive or its end.
#pragma once

#include <optional>
#include <string>

#include "archiver/repository.h"

namespace walkit {

/// The first archived segment after `name` on its timeline, if there is one: then `name` is a hole. A segment
/// before the one in which its timeline began is none: it belongs to an ancestor.
ArchiveResult<std::optional<std::string>> find_later_segment(const Repository& repository,
                                                             const ClusterIdentity& server,
                                                             const SegmentName& name);

}  // namespace walkit
