// Descriptors that the program was started with and has no use for.
#pragma once

namespace walkit {

/// Closes all but standard input, output and error. A server starts its commands with its own files open;
/// keeping them keeps its logger from ending, or deleted files on the disk.
void close_inherited_files();

}  // namespace walkit
