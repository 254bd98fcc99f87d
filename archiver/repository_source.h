// Archived WAL as a source: what decodes files and directories decodes a repository.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "archiver/repository.h"
#include "segments/directory_source.h"
#include "segments/segment_file.h"
#include "walreader/history.h"

namespace walkit {

/// The plain bytes of an archived object, decompressed as they are read. Digests are not looked at: who
/// decodes checks each record. The file shares the store's object and outlives neither it nor the store.
SegmentFile::Result open_archived_file(Store& store, const std::string& object, FileOptions options = {});

/// Opens segments of one server as `get` would choose them; where there is none, and with `partial`,
/// NAME.partial. Borrows the repository.
SegmentOpener archived_segments(const Repository& repository, const ClusterIdentity& identity,
                                FileOptions options = {}, bool partial = true);

/// The history of a timeline; one without ancestors if none was archived.
ArchiveResult<TimelineHistory> read_archived_history(const Repository& repository,
                                                     const ClusterIdentity& identity, TimelineId timeline);

}  // namespace walkit
