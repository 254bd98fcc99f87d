#include "archiver/get.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "archiver/archive_gap.h"
#include "archiver/archived_object.h"
#include "archiver/restored_file.h"

namespace walkit {
namespace {

using Kind = ArchiveError::Kind;
using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{1000};

std::unexpected<ArchiveError> fail(Kind kind, std::string text, std::string hint = {}) {
  return std::unexpected(ArchiveError{.kind = kind, .text = std::move(text), .hint = std::move(hint)});
}

// An object that was listed and is gone when it is opened is looked for again; it never counts as absent.
bool may_pass(const ArchiveError& error) {
  return error.kind == Kind::store &&
         (error.store == StoreError::Kind::io || error.store == StoreError::Kind::unreachable ||
          error.store == StoreError::Kind::absent);
}

// One look at the repository.
class Attempt {
 public:
  Attempt(Store& store, const GetRequest& request) : store_(store), request_(request) {}

  ArchiveResult<GetAnswer> run() {
    const auto repository = Repository::open(store_, request_.cluster, request_.repository_id);
    if (!repository) return std::unexpected(repository.error());
    answer_.repository_id = repository->id();
    const auto server = owner(*repository);
    if (!server) return std::unexpected(server.error());
    if (!*server) return absent();
    const auto names = candidates(*repository, **server);
    if (!names) return std::unexpected(names.error());
    if (!names->empty()) return restore(*names, **server);
    if (const auto checked = check_hole(*repository, **server); !checked)
      return std::unexpected(checked.error());
    return absent();
  }

  /// Why the last run failed, if it was for a hole: that may be filled while one waits.
  bool met_hole() const { return met_hole_; }

 private:
  // Whose WAL it is; nullopt if nobody has archived anything yet.
  ArchiveResult<std::optional<ClusterIdentity>> owner(const Repository& repository) const {
    auto identifier = request_.system_identifier;
    if (request_.server) identifier = request_.server->system_identifier;
    auto found = repository.identity(identifier);
    if (!found) {
      const auto known = repository.identities();
      if (known && known->empty()) return std::nullopt;
      return std::unexpected(std::move(found).error());
    }
    if (request_.server && *found != *request_.server)
      return fail(Kind::wrong_place,
                  fmt::format("the server is of {}, the repository \"{}\" holds {}",
                              describe(*request_.server), repository.describe(), describe(*found)),
                  "Check --repo and --cluster.");
    const WalFileName& name = request_.name;
    if (name.kind != WalFileKind::history && !name.segment.fits(found->segment_size_bytes))
      return fail(
          Kind::wrong_place,
          fmt::format("there is no segment \"{}\" among segments of {} MiB, as the repository \"{}\" holds",
                      request_.file, found->segment_size_bytes >> 20, repository.describe()));
    return *found;
  }

  ArchiveResult<std::vector<std::string>> candidates(const Repository& repository,
                                                     const ClusterIdentity& server) const {
    auto names = copies(repository, server, request_.file, request_.name);
    if (!names || !names->empty() || !request_.partial || request_.name.kind != WalFileKind::segment)
      return names;
    WalFileName partial = request_.name;
    partial.kind = WalFileKind::partial;
    return copies(repository, server, request_.file + std::string(kPartialSuffix), partial);
  }

  ArchiveResult<std::vector<std::string>> copies(const Repository& repository, const ClusterIdentity& server,
                                                 const std::string& file, const WalFileName& name) const {
    // What is not a segment lies where a listing would be one of the whole archive; servers ask for histories
    // that are not there all the time.
    if (name.kind != WalFileKind::segment) {
      const auto first = has_first_copy(repository, server, file, name);
      if (!first) return std::unexpected(first.error());
      if (!*first) return std::vector<std::string>();
    }
    return find_objects(repository, server.system_identifier, file, name);
  }

  // Variants exist only beside a copy without a variant's name.
  ArchiveResult<bool> has_first_copy(const Repository& repository, const ClusterIdentity& server,
                                     const std::string& file, const WalFileName& name) const {
    for (const Codec codec : {Codec::zstd, Codec::lz4, Codec::none}) {
      const auto opened = store_.open(repository.object_name(server.system_identifier, file, name, codec));
      if (opened) return true;
      if (opened.error().kind != StoreError::Kind::absent)
        return std::unexpected(archive_error(opened.error()));
    }
    return false;
  }

  ArchiveResult<void> check_hole(const Repository& repository, const ClusterIdentity& server) {
    if (request_.name.kind != WalFileKind::segment) return {};
    const auto later = find_later_segment(repository, server, request_.name.segment);
    if (!later) return std::unexpected(later.error());
    if (!*later) return {};
    auto text =
        fmt::format("segment \"{}\" is missing from the repository \"{}\", which has the later \"{}\"",
                    request_.file, repository.describe(), **later);
    if (request_.allow_gap) {
      answer_.warnings.push_back(std::move(text));
      return {};
    }
    met_hole_ = true;
    return fail(
        Kind::missing, std::move(text),
        "WAL cannot be replayed past a missing segment; --allow-gap makes it the end of the archive.");
  }

  // The disk may have been unmounted since the repository was opened, and an empty directory be in its place.
  ArchiveResult<GetAnswer> absent() {
    const auto still = Repository::open(store_, request_.cluster, answer_.repository_id);
    if (!still) return std::unexpected(still.error());
    return std::move(answer_);
  }

  ArchiveResult<GetAnswer> restore(const std::vector<std::string>& names, const ClusterIdentity& server) {
    const auto choice = choose_object(store_, names);
    if (!choice) return std::unexpected(choice.error());
    if (!choice->object)
      return fail(Kind::damaged,
                  fmt::format("of \"{}\" there are only copies that disagree with one that is missing",
                              request_.file));
    const ObjectHeader& header = choice->object->header();
    if (header.system_identifier != server.system_identifier)
      return fail(Kind::wrong_place,
                  fmt::format("archived \"{}\" is of system identifier {}, the server has {}",
                              choice->object->name(), header.system_identifier, server.system_identifier));
    auto file = RestoredFile::create(request_.target, request_.deadline);
    if (!file) return std::unexpected(file.error());
    const auto extracted = choice->object->extract([&file](ByteSpan bytes) { return file->write(bytes); });
    if (!extracted) return std::unexpected(extracted.error());
    if (const auto published = file->publish(); !published) return std::unexpected(published.error());
    answer_.found = true;
    warn(*choice);
    return std::move(answer_);
  }

  void warn(const Choice& choice) {
    const ArchivedObject& object = *choice.object;
    if (choice.diverging)
      answer_.warnings.push_back(fmt::format(
          "other copies of \"{}\" are archived whose content disagrees; restored the first, \"{}\" from {}",
          request_.file, object.name(), object.header().archived_by));
    if (object.header().damaged)
      answer_.warnings.push_back(fmt::format("\"{}\" was damaged already when it was archived{}{}",
                                             request_.file, object.header().summary ? ": " : "",
                                             object.header().summary ? object.header().summary->reason : ""));
    if (object.header().name != request_.file)
      answer_.warnings.push_back(
          fmt::format("restored \"{}\" in place of \"{}\"", object.header().name, request_.file));
  }

  Store& store_;
  const GetRequest& request_;
  GetAnswer answer_;
  bool met_hole_ = false;
};

}  // namespace

ArchiveResult<GetAnswer> get_file(Store& store, const GetRequest& request) {
  std::optional<ArchiveError> last;
  auto pause = kFirstPause;
  for (int attempts = 1;; ++attempts) {
    Attempt attempt(store, request);
    auto answer = attempt.run();
    if (answer) return answer;
    // That time is up says less than what took it.
    if (answer.error().kind != Kind::timeout || !last) last = std::move(answer).error();
    const bool again = attempt.met_hole() || may_pass(*last);
    const auto left = request.deadline - Deadline::clock::now();
    if (!again || left <= Deadline::duration::zero()) {
      if (attempts > 1) last->text += fmt::format(" (looked {} times)", attempts);
      return std::unexpected(*std::move(last));
    }
    std::this_thread::sleep_for(std::min<Deadline::duration>(pause, left));
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace walkit
