#include "tools/cmd_get.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>

#include "archiver/data_directory.h"
#include "archiver/get.h"
#include "archiver/prefetch.h"
#include "archiver/spool.h"
#include "tools/archive_settings.h"
#include "tools/detached.h"
#include "tools/inherited_files.h"
#include "tools/messages.h"

namespace walkit {
namespace {

constexpr int kExitRestored = 0;
constexpr int kExitAbsent = 1;
// Recovery goes on after 1 to 125 as if the archive ended there, and stops after anything above.
constexpr int kExitFailed = 255;

// What is to be done about a failure, as far as it is known when one occurs.
struct FailurePolicy {
  std::string target;
  OnStandbyError on_standby = OnStandbyError::retry;
};

int fail(const FailurePolicy& policy, const Messages& messages) {
  if (policy.on_standby == OnStandbyError::stop) return kExitFailed;
  const auto server = find_data_directory(policy.target);
  if (!server || !server->has_standby_signal()) return kExitFailed;
  messages.warning("archive unreachable, do not promote");
  return kExitAbsent;
}

// Segments fetched ahead, for this call and by what it leaves behind.
class Ahead {
 public:
  Ahead(const ArchiveSettings& settings, const DataDirectory& server, const ClusterIdentity& identity,
        const Spool& spool)
      : spool_(spool), cache_(PrefetchCache::open(spool.path())) {
    std::error_code ignored;
    const std::string root = std::filesystem::absolute(settings.repo, ignored);
    plan_ = {.spool = spool.path(),
             .open_store = [root, modes = settings.modes] { return make_directory_store(root, modes); },
             .cluster = settings.cluster,
             .origin = {.repository_id = {}, .system_identifier = identity.system_identifier},
             .segment_size_bytes = identity.segment_size_bytes,
             .server = server,
             .limits = {settings.get.prefetch_segments, settings.get.prefetch_bytes},
             .jobs = settings.jobs};
  }

  // Waits where the segment is being fetched: to fetch it twice would take no less time.
  bool take(const GetRequest& request, std::chrono::milliseconds patience) {
    const auto id = spool_.repository_id();
    if (!cache_ || !id) return false;
    plan_.origin.repository_id = *id;
    if (cache_->take(request.file, plan_.origin, request.target, request.deadline)) return true;
    cache_->await(request.file, Deadline::clock::now() + patience);
    return cache_->take(request.file, plan_.origin, request.target, request.deadline);
  }

  void go_on_after(const SegmentName& name, const std::string& repository_id) {
    if (!cache_) return;
    plan_.origin.repository_id = repository_id;
    cache_->note_request(name);
    if (wants_prefetch(*cache_, name, plan_.limits.capacity(plan_.segment_size_bytes)))
      run_detached([this] { prefetch(plan_); });
  }

  const std::string& repository_id() const { return plan_.origin.repository_id; }

 private:
  const Spool& spool_;
  std::optional<PrefetchCache> cache_;
  PrefetchPlan plan_;
};

// As pg_control says; nullopt without one.
ArchiveResult<std::optional<ClusterIdentity>> identify(const DataDirectory& server,
                                                       const ArchiveSettings& settings) {
  if (::access((server.path + "/global/pg_control").c_str(), F_OK) != 0) return std::nullopt;
  const auto control = server.read_control();
  if (!control && settings.system_identifier) return std::nullopt;
  if (!control) return std::unexpected(control.error());
  if (settings.system_identifier && *settings.system_identifier != control->system_identifier)
    return std::unexpected(
        ArchiveError{.kind = ArchiveError::Kind::wrong_place,
                     .text = fmt::format("the server has system identifier {}, --system-identifier says {}",
                                         control->system_identifier, *settings.system_identifier),
                     .hint = {}});
  return ClusterIdentity{control->system_identifier, control->major, control->segment_size_bytes};
}

// Going without costs time only, and nothing else will do during recovery.
std::optional<Spool> open_spool(const ArchiveSettings& settings, const DataDirectory& server,
                                const Messages& messages) {
  if (!settings.spool) return std::nullopt;
  auto spool = Spool::open(*settings.spool, settings.repo, settings.cluster, server);
  if (spool) return *std::move(spool);
  messages.warning(fmt::format("nothing is fetched ahead: {}", spool.error().text));
  return std::nullopt;
}

ArchiveResult<GetAnswer> fetch(const ArchiveSettings& settings, const GetRequest& request) {
  const auto store =
      make_deadline_store(make_directory_store(settings.repo, settings.modes), request.deadline);
  return get_file(*store, request);
}

ArchiveResult<GetAnswer> get(const ArchiveSettings& settings, GetRequest request, const Messages& messages) {
  const auto server = find_data_directory(request.target);
  std::optional<Spool> spool;
  if (server) {
    auto identity = identify(*server, settings);
    if (!identity) return std::unexpected(std::move(identity).error());
    request.server = *identity;
    spool = open_spool(settings, *server, messages);
  }
  std::optional<Ahead> ahead;
  if (spool && request.server && request.name.kind == WalFileKind::segment &&
      settings.get.prefetch_segments > 0)
    ahead.emplace(settings, *server, *request.server, *spool);

  GetAnswer answer;
  if (ahead && ahead->take(request, settings.timeout / 2)) {
    answer = {.found = true, .repository_id = ahead->repository_id(), .warnings = {}};
  } else {
    if (spool) request.repository_id = spool->repository_id();
    auto fetched = fetch(settings, request);
    if (!fetched) return fetched;
    answer = *std::move(fetched);
    if (spool)
      if (const auto remembered = spool->remember(answer.repository_id); !remembered)
        answer.warnings.push_back(remembered.error());
  }
  if (ahead && answer.found) ahead->go_on_after(request.name.segment, answer.repository_id);
  return answer;
}

int usage_error(const Messages& messages, const FailurePolicy& policy, std::string_view text) {
  messages.error(text);
  messages.usage_hint();
  return fail(policy, messages);
}

int run(int argc, char** argv, FailurePolicy& policy, const Messages& messages) {
  const auto options = parse_command_line(Command::get, argc, argv, messages);
  if (!options) return options.error() == 0 ? 0 : fail(policy, messages);
  if (options->operands.size() == 2) policy.target = options->operands[1];
  const auto settings = read_archive_settings(*options);
  if (!settings) return usage_error(messages, policy, settings.error());
  policy.on_standby = settings->get.on_standby_error;
  if (options->operands.size() != 2)
    return usage_error(messages, policy, "expected the name of a file of WAL and where to put it: %f %p");
  const std::string& file = options->operands[0];
  const auto name = parse_wal_file_name(file);
  if (!name || policy.target.empty())
    return usage_error(
        messages, policy,
        name ? "the file to write has no name" : fmt::format("\"{}\" is no name of a file of WAL", file));

  const auto answer = get(*settings,
                          {.file = file,
                           .name = *name,
                           .target = policy.target,
                           .cluster = settings->cluster,
                           .server = {},
                           .system_identifier = settings->system_identifier,
                           .repository_id = {},
                           .partial = settings->get.partial,
                           .allow_gap = settings->get.allow_gap,
                           .deadline = Deadline::clock::now() + settings->timeout},
                          messages);
  if (!answer) {
    messages.error(answer.error().text);
    if (!answer.error().hint.empty()) messages.hint(answer.error().hint);
    return fail(policy, messages);
  }
  for (const std::string& warning : answer->warnings) messages.warning(warning);
  return answer->found ? kExitRestored : kExitAbsent;
}

}  // namespace

int run_get(int argc, char** argv) {
  close_inherited_files();
  std::signal(SIGTERM, SIG_DFL);  // the server takes an exit for failure, this signal for its own shutdown
  std::signal(SIGPIPE, SIG_IGN);  // a logger that has gone is no reason to stop
  FailurePolicy policy;
  const Messages messages("walkit", "walkit get");
  try {
    try {
      return run(argc, argv, policy, messages);
    } catch (const std::exception& error) {
      messages.error(error.what());
      return fail(policy, messages);
    }
  } catch (const std::exception&) {  // out of memory once more
    return kExitFailed;
  }
}

}  // namespace walkit
