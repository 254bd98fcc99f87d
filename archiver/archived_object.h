// An object of a repository, read back: its header, and its content checked to the last bit.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "archiver/repository.h"
#include "segments/object_header.h"

namespace walkit {

/// One thread at a time.
class ArchivedObject {
 public:
  /// Opens `name` and reads its header. Kind::store with StoreError::Kind::absent if there is no such object;
  /// `damaged` if its header is not what was written.
  static ArchiveResult<ArchivedObject> open(Store& store, const std::string& name);

  const std::string& name() const { return name_; }
  const ObjectHeader& header() const { return header_; }
  /// As stored, header included.
  std::uint64_t stored_bytes() const { return stored_bytes_; }

  /// Receives the plain bytes, in order; an error stops the extraction and is returned by it.
  using Sink = std::function<ArchiveResult<void>(ByteSpan)>;
  /// Reads all of it. Only after success was everything given to the sink what was once archived: sizes and
  /// both digests agree.
  ArchiveResult<void> extract(const Sink& sink);

 private:
  ArchivedObject() = default;
  ArchiveResult<void> decompress(const Sink& sink, class PlainCheck& check);

  std::string name_;
  std::unique_ptr<StoredObject> object_;
  ObjectHeader header_;
  std::uint64_t stored_bytes_ = 0;
};

/// All objects of one file: the one of its name under each codec, and its variants. Empty if there is none.
/// Sidecars are not among them.
ArchiveResult<std::vector<std::string>> find_objects(const Repository& repository,
                                                     std::uint64_t system_identifier, std::string_view file,
                                                     const WalFileName& name);

/// How far the records of an archived segment reach; beyond everything if to its end.
Lsn recorded_until(const ObjectHeader& header);

/// The one of several objects of a file that is to be restored: of copies whose records agree the longest,
/// otherwise the one that was first, with `diverging` set.
struct Choice {
  std::unique_ptr<ArchivedObject> object;
  bool diverging = false;
};
ArchiveResult<Choice> choose_object(Store& store, const std::vector<std::string>& names);

}  // namespace walkit
