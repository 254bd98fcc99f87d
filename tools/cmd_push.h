// `walkit push`: archive_command.
#pragma once

namespace walkit {

/// Exit status 0 if the file is archived, else 1: PostgreSQL's archiver does not survive one above 125.
int run_push(int argc, char** argv);

}  // namespace walkit
