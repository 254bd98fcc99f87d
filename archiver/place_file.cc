#include "archiver/place_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "archiver/claim_file.h"

namespace walkit {
namespace {

struct Names {
  int directory;
  const char* from;
  const char* to;
};

// Each returns 0 or an errno.
int by_rename(const Names& names) {
  return ::renameat2(names.directory, names.from, names.directory, names.to, RENAME_NOREPLACE) == 0 ? 0
                                                                                                    : errno;
}

int by_link(const Names& names) {
  return ::linkat(names.directory, names.from, names.directory, names.to, 0) == 0 ? 0 : errno;
}

int by_claim(const Names& names) {
  const auto claim = Claim::take(names.directory, names.to);
  if (!claim) return claim.error();
  if (::faccessat(names.directory, names.to, F_OK, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
  if (errno != ENOENT) return errno;
  return ::renameat(names.directory, names.from, names.directory, names.to) == 0 ? 0 : errno;
}

struct Method {
  int (*attempt)(const Names&);
  std::array<int, 4> refusals;  ///< what a file system says that does not know the method
};

// Indexed by PlaceMethod.
constexpr std::array<Method, 3> kMethods{{
    {by_rename, {EINVAL, ENOSYS, EOPNOTSUPP, EOPNOTSUPP}},
    {by_link, {EPERM, ENOSYS, EOPNOTSUPP, EMLINK}},
    {by_claim, {}},
}};

bool refuses(const Method& method, int error) {
  return std::ranges::find(method.refusals, error) != method.refusals.end();
}

}  // namespace

StoreResult<void> place_file(const OpenDirectory& directory, int fd, const std::string& from,
                             const std::string& to, PlaceMethod first) {
  const Names names{.directory = directory.fd.get(), .from = from.c_str(), .to = to.c_str()};
  auto method = static_cast<std::size_t>(first);
  int error = kMethods[method].attempt(names);
  while (error != 0 && refuses(kMethods[method], error)) error = kMethods[++method].attempt(names);

  if (error != 0 && names_file(names.directory, to, fd)) error = 0;
  // After a rename there is nothing left to remove. Nor does a second name harm if it stays.
  if (error == 0 && method == static_cast<std::size_t>(PlaceMethod::link))
    ::unlinkat(names.directory, names.from, 0);
  if (error == 0) return {};
  auto failed = call_failed("create file", directory.path_of(to), error);
  if (error == EBUSY)
    failed.error().text +=
        fmt::format(" (another writer holds \"{}\")", directory.path_of(Claim::file_name(to)));
  return failed;
}

}  // namespace walkit
