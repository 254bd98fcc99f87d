#include "segments/file_error.h"

#include <cerrno>

namespace walkit {
namespace {

FileError::Kind kind_of(int errno_value) {
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
      return FileError::Kind::not_found;
    case EACCES:
    case EPERM:
      return FileError::Kind::access;
    case EISDIR:
      return FileError::Kind::not_regular;
    default:
      return FileError::Kind::io;
  }
}

}  // namespace

FileError system_error(std::string file, std::uint64_t offset, int errno_value) {
  return {.kind = kind_of(errno_value),
          .file = std::move(file),
          .offset = offset,
          .errno_value = errno_value,
          .detail = {}};
}

}  // namespace walkit
