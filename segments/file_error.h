// Why bytes could not be had from a file.
#pragma once

#include <cstdint>
#include <string>

namespace walkit {

struct FileError {
  enum class Kind : std::uint8_t {
    not_found,
    access,                ///< permission denied
    not_regular,           ///< a directory or a device; errno_value says EISDIR for the former
    io,                    ///< any other failure of a system call
    corrupt_compressed,    ///< the compressed file is damaged; detail says how
    compressed_cut_short,  ///< it ends within compressed data
    behind_window,         ///< a pipe was asked for bytes it has given and that are no longer kept
    invalid_content,       ///< the file was read and does not hold what it should
  };
  Kind kind = Kind::io;
  std::string file;          ///< its path, or the name given for a descriptor
  std::uint64_t offset = 0;  ///< of the (decompressed) byte that could not be read
  int errno_value = 0;       ///< 0 if no system call failed
  std::string detail;        ///< one line for people; may be empty if errno_value says it all
};

/// The error of a system call that set `errno_value`.
FileError system_error(std::string file, std::uint64_t offset, int errno_value);

}  // namespace walkit
