// One file of pg_wal into the repository, in one pass: read, check, digest, compress, publish.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "archiver/archived_object.h"
#include "archiver/repository.h"
#include "archiver/spool.h"
#include "archiver/workbench.h"
#include "segments/compress.h"
#include "segments/object_header.h"

namespace walkit {

struct ArchivePolicy {
  CodecChoice codec{};
  bool refuse_corrupt = false;  ///< a segment with a broken record is not archived
  bool keep_diverging = false;  ///< a copy with other records is kept aside instead of refused
  std::string archived_by{};    ///< for the header
};

/// Where the time went, in seconds.
struct StageSeconds {
  double read = 0;
  double check = 0;  ///< decoding and digests
  double compress = 0;
  double write = 0;
  double sync = 0;  ///< until durable

  StageSeconds& operator+=(const StageSeconds& other);
};

enum class ArchiveOutcome : std::uint8_t {
  stored,
  already_there,  ///< with the same content
  kept_variant,   ///< beside another copy of the same name
};

struct ArchivedFile {
  ArchiveOutcome outcome = ArchiveOutcome::stored;
  std::string object;  ///< its name in the store
  ObjectHeader header;
  std::uint64_t stored_bytes = 0;
  FileStamp stamp;  ///< of the file that was read
  StageSeconds seconds;
  std::vector<std::string> warnings;
};

/// A file to be archived. `path` ends in its name.
struct FileToArchive {
  std::string path;
  /// Of files that do not say whose they are: histories and backup labels.
  ClusterIdentity owner;
};

/// Archives one file after the other. One thread at a time; buffers and contexts are used again.
class FileArchiver {
 public:
  /// Borrows repository and benches. It holds a bench for as long as it needs a processor, and none while it
  /// waits for a disk; several archivers may share them.
  FileArchiver(const Repository& repository, ArchivePolicy policy, Workbenches& benches);

  /// Success means: the repository holds the file's content, durably.
  ArchiveResult<ArchivedFile> archive(const FileToArchive& file);

 private:
  const Repository& repository_;
  ArchivePolicy policy_;
  Workbenches& benches_;
  ClusterIdentity admitted_;  // the last whose files the repository takes
  std::unique_ptr<Compressor> segment_compressor_;
  std::unique_ptr<Compressor> small_compressor_;
  std::vector<std::byte> compressed_;
};

}  // namespace walkit
