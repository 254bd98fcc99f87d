// What to do with a file of whose name something is archived already.
//
// The same content again is success. Two servers can hold files of one name whose records agree and whose
// tails, past the end of WAL, do not; or of which one goes further. Nothing of that is thrown away, and
// nothing overwritten.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "archiver/archived_object.h"
#include "archiver/input_file.h"

namespace walkit {

enum class CopyRelation : std::uint8_t {
  none,        ///< nothing of that name is archived
  same,        ///< this very content is
  compatible,  ///< the records of one copy are those of the other, or its beginning; partial segments always
  diverging,   ///< other records, or another history
};

struct CopyVerdict {
  CopyRelation relation = CopyRelation::none;
  std::string object;  ///< same: the object that has it; diverging: the one it disagrees with
  std::string other_digest, other_writer;  ///< diverging: of that object
  std::vector<std::string> warnings;       ///< copies that could not be compared because they are damaged
};

/// Compares `input`, of which `header` says digest and records, with all archived copies of its name.
ArchiveResult<CopyVerdict> compare_copies(const Repository& repository, std::uint64_t system_identifier,
                                          const InputFile& input, const ObjectHeader& header);

}  // namespace walkit
