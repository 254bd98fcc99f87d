#include "archiver/archive_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "archiver/copies.h"
#include "archiver/input_file.h"
#include "segments/segment_summary.h"

namespace walkit {
namespace {

using Kind = ArchiveError::Kind;
using Clock = std::chrono::steady_clock;

// Small enough to stay in a core's cache from reading to checking.
constexpr std::size_t kChunkBytes = std::size_t{256} << 10;
constexpr std::size_t kVariantDigits = 16;
constexpr Codec kStoredCodecs[] = {Codec::zstd, Codec::lz4, Codec::none};

std::unexpected<ArchiveError> fail(Kind kind, std::string text, std::string hint = {}) {
  return std::unexpected(ArchiveError{.kind = kind, .text = std::move(text), .hint = std::move(hint)});
}

/// Adds the time from its making, or the last lap(), to one stage after the other.
class StopWatch {
 public:
  void lap(double& stage) {
    const auto now = Clock::now();
    stage += std::chrono::duration<double>(now - began_).count();
    began_ = now;
  }

 private:
  Clock::time_point began_ = Clock::now();
};

bool is_absent(const StoreError& error) { return error.kind == StoreError::Kind::absent; }

/// The one pass over a file. What comes out of it goes to an object, or nowhere.
class Pass {
 public:
  Pass(const InputFile& input, Compressor* compressor, std::vector<std::byte>& out)
      : input_(input), compressor_(compressor), out_(out) {
    out_.clear();
  }

  /// Reads all of the file. `object` receives what is to be stored; nullptr: nothing is.
  ArchiveResult<void> run(std::span<std::byte> room, PendingObject* object, StageSeconds& seconds) {
    if (input_.is_segment()) check_.emplace(input_.probe());
    if (object != nullptr)
      if (const auto begun = compressor_->begin(input_.size_bytes()); !begun)
        return codec_error(begun.error());
    if (object != nullptr) room = room.first(std::min(room.size(), compressor_->best_piece_bytes()));
    for (;;) {
      const auto piece = read(room, seconds);
      if (!piece) return std::unexpected(piece.error());
      if (object != nullptr)
        if (const auto stored = store(*piece, *object, seconds); !stored) return stored;
      if (piece->empty()) break;
    }
    if (!input_.unchanged())
      return fail(Kind::bad_input, fmt::format("\"{}\" was changed while it was read", input_.path()));
    if (check_) summary_ = check_->finish();
    return {};
  }

  /// Fills in what the pass has found out.
  void describe(ObjectHeader& header) const {
    header.plain_size_bytes = input_.size_bytes();
    header.plain_digest = plain_.value();
    header.payload_size_bytes = payload_size_;
    header.payload_digest = payload_.value();
    header.summary = summary_;
    // What was handed over for archiving is complete, so where its records stop short something was damaged.
    const bool complete = input_.name().kind == WalFileKind::segment;
    header.damaged = summary_ && (summary_->ending == SegmentEnding::corrupt ||
                                  (complete && summary_->ending == SegmentEnding::end_of_wal));
  }

 private:
  // As much of the file as there is room for; nothing at its end.
  ArchiveResult<ByteSpan> read(std::span<std::byte> room, StageSeconds& seconds) {
    StopWatch watch;
    std::size_t filled = 0;
    while (filled < room.size()) {
      const auto chunk = room.subspan(filled, std::min(kChunkBytes, room.size() - filled));
      const auto got = input_.read_at(offset_, chunk);
      if (!got) return std::unexpected(got.error());
      watch.lap(seconds.read);
      if (*got == 0) break;
      offset_ += *got;
      filled += *got;
      if (check_) check_->feed(chunk.first(*got));
      plain_.update(chunk.first(*got));
      watch.lap(seconds.check);
    }
    return room.first(filled);
  }

  // The empty piece ends the object.
  ArchiveResult<void> store(ByteSpan piece, PendingObject& object, StageSeconds& seconds) {
    StopWatch watch;
    const auto done = piece.empty() ? compressor_->finish(out_) : compressor_->compress(piece, out_);
    if (!done) return codec_error(done.error());
    watch.lap(seconds.compress);
    payload_.update(out_);
    payload_size_ += out_.size();
    const auto written = object.write(out_);
    out_.clear();
    watch.lap(seconds.write);
    if (!written) return std::unexpected(archive_error(written.error()));
    return {};
  }

  std::unexpected<ArchiveError> codec_error(const std::string& text) const {
    return fail(Kind::bad_input, fmt::format("could not compress \"{}\": {}", input_.path(), text));
  }

  const InputFile& input_;
  Compressor* compressor_;
  std::optional<SegmentCheck> check_;
  std::uint64_t offset_ = 0;
  std::vector<std::byte>& out_;
  Digester plain_;
  Digester payload_;
  std::uint64_t payload_size_ = 0;
  std::optional<SegmentSummary> summary_;
};

std::int64_t now_unix_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Archiving of one file, from its opening to its outcome.
class Archiving {
 public:
  Archiving(const Repository& repository, const ArchivePolicy& policy, Workbenches& benches,
            CodecChoice codec, Compressor& compressor, std::vector<std::byte>& compressed,
            const InputFile& input, const ClusterIdentity& owner)
      : repository_(repository),
        policy_(policy),
        benches_(benches),
        compressor_(compressor),
        compressed_(compressed),
        input_(input),
        owner_(owner) {
    result_.stamp = input.stamp();
    ObjectHeader& header = result_.header;
    header.name = input.file();
    header.system_identifier = owner.system_identifier;
    header.major = owner.major;
    header.segment_size_bytes = owner.segment_size_bytes;
    header.codec = codec;
    header.archived_at_unix_ms = now_unix_ms();
    header.archived_by = policy.archived_by;
  }

  ArchiveResult<ArchivedFile> run() {
    const auto archived = is_archived();
    if (!archived) return std::unexpected(archived.error());
    if (!*archived) {
      const auto stored = store({});
      if (!stored) return std::unexpected(stored.error());
      if (*stored) return std::move(result_);
    }
    if (const auto settled = settle(); !settled) return std::unexpected(settled.error());
    return std::move(result_);
  }

 private:
  // A copy that nobody else made is there after all: what is to be done with this one?
  ArchiveResult<void> settle() {
    if (const auto inspected = inspect(); !inspected) return inspected;
    auto verdict = compare_copies(repository_, owner_.system_identifier, input_, result_.header);
    if (!verdict) return std::unexpected(verdict.error());
    result_.warnings = std::move(verdict->warnings);
    if (verdict->relation == CopyRelation::same) return already_there(verdict->object);
    if (verdict->relation == CopyRelation::diverging) {
      if (!policy_.keep_diverging) return conflict(*verdict);
      result_.header.diverging = true;
      result_.warnings.push_back(conflict_text(*verdict));
    }
    const std::string variant = result_.header.plain_digest.hex().substr(0, kVariantDigits);
    const auto stored = store(variant);
    if (!stored) return std::unexpected(stored.error());
    result_.outcome = ArchiveOutcome::kept_variant;
    return {};
  }

  ArchiveResult<bool> is_archived() {
    for (const Codec codec : kStoredCodecs) {
      const auto object = repository_.store().open(object_name(codec, {}));
      if (object) return true;
      if (!is_absent(object.error())) return std::unexpected(archive_error(object.error()));
    }
    return false;
  }

  // Reads the file for its digest and records alone.
  ArchiveResult<void> inspect() {
    Pass pass(input_, nullptr, compressed_);
    if (const auto read = run_at_bench(pass, nullptr); !read) return read;
    pass.describe(result_.header);
    return {};
  }

  ArchiveResult<void> run_at_bench(Pass& pass, PendingObject* object) {
    const Workbenches::Lease bench(benches_);
    return pass.run(bench.room(), object, result_.seconds);
  }

  // Stores the file as a new object. False: somebody else was faster.
  ArchiveResult<bool> store(const std::string& variant) {
    result_.object = object_name(result_.header.codec.codec, variant);
    auto object = repository_.store().create(result_.object);
    if (!object) return std::unexpected(archive_error(object.error()));
    Pass pass(input_, &compressor_, compressed_);
    if (const auto read = run_at_bench(pass, object->get()); !read) return std::unexpected(read.error());
    pass.describe(result_.header);
    if (const auto sound = judge_damage(); !sound) return std::unexpected(sound.error());
    StopWatch watch;
    const auto published = publish(**object);
    watch.lap(result_.seconds.sync);
    return published;
  }

  ArchiveResult<bool> publish(PendingObject& object) {
    const bool plain = result_.header.codec.codec == Codec::none;
    result_.stored_bytes = result_.header.payload_size_bytes;
    std::vector<std::byte> trailer;
    if (plain) {
      if (const auto written = write_sidecar(); !written) return std::unexpected(written.error());
    } else {
      trailer = encode_trailer(result_.header);
      result_.stored_bytes += trailer.size();
      if (const auto written = object.write(trailer); !written)
        return std::unexpected(archive_error(written.error()));
    }
    const auto published = object.publish();
    if (published && plain) return keep_sidecar();
    if (published) return true;
    if (published.error().kind == StoreError::Kind::exists) return false;
    return std::unexpected(archive_error(published.error()));
  }

  std::string sidecar_name() const { return result_.object + ".json"; }

  // Whether the header beside the segment is that of this content, whoever wrote it.
  ArchiveResult<bool> sidecar_fits() const {
    const auto bytes = read_object(repository_.store(), sidecar_name(), kMaxTrailerSize);
    if (!bytes && is_absent(bytes.error())) return false;
    if (!bytes) return std::unexpected(archive_error(bytes.error()));
    const auto header = decode_sidecar(*bytes);
    return header && header->name == result_.header.name &&
           header->system_identifier == result_.header.system_identifier &&
           header->plain_size_bytes == result_.header.plain_size_bytes &&
           header->plain_digest == result_.header.plain_digest;
  }

  // The header of a plain segment goes before it. One that a crash left without its segment may say something
  // else. One that says the same stays: its writer may be about to place the segment.
  ArchiveResult<void> write_sidecar() {
    const std::string name = sidecar_name();
    const std::vector<std::byte> sidecar = encode_sidecar(result_.header);
    Store& store = repository_.store();
    for (int attempt = 0; attempt < 2; ++attempt) {
      const auto written = write_object(store, name, sidecar);
      if (written) return {};
      if (written.error().kind != StoreError::Kind::exists)
        return std::unexpected(archive_error(written.error()));
      const auto fits = sidecar_fits();
      if (!fits) return std::unexpected(fits.error());
      if (*fits) return make_durable(name);
      if (const auto object = store.open(result_.object); object || !is_absent(object.error()))
        return make_durable(name);
      if (const auto removed = store.remove(name); !removed)
        return std::unexpected(archive_error(removed.error()));
    }
    return fail(Kind::conflict, fmt::format("\"{}\" is being written by another server", name));
  }

  // A writer of other content may have replaced the header just before the segment was placed.
  ArchiveResult<bool> keep_sidecar() {
    const auto fits = sidecar_fits();
    if (!fits || *fits) return fits;
    Store& store = repository_.store();
    if (const auto removed = store.remove(sidecar_name()); !removed)
      return std::unexpected(archive_error(removed.error()));
    const auto written = write_object(store, sidecar_name(), encode_sidecar(result_.header));
    if (!written) return std::unexpected(archive_error(written.error()));
    return true;
  }

  ArchiveResult<void> judge_damage() {
    const ObjectHeader& header = result_.header;
    if (!header.damaged) return {};
    const SegmentSummary& summary = *header.summary;
    std::string text = fmt::format("damaged WAL in \"{}\" at {:X}/{:X}: {}", input_.path(),
                                   summary.stopped_at.high(), summary.stopped_at.low(), summary.reason);
    if (policy_.refuse_corrupt)
      return fail(Kind::bad_input, std::move(text), "It is archived as it is with --on-corrupt=warn.");
    result_.warnings.push_back(std::move(text));
    return {};
  }

  ArchiveResult<void> already_there(const std::string& object) {
    result_.outcome = ArchiveOutcome::already_there;
    result_.object = object;
    result_.stored_bytes = 0;
    return make_durable(object);
  }

  // Whoever wrote it may have died between its becoming visible and its becoming durable.
  ArchiveResult<void> make_durable(const std::string& object) {
    const auto durable = repository_.store().make_durable(object);
    if (!durable) return std::unexpected(archive_error(durable.error()));
    return {};
  }

  std::string conflict_text(const CopyVerdict& verdict) const {
    return fmt::format(
        "\"{}\" with digest {} from {} has other content than the archived \"{}\" with digest {} from {}",
        input_.path(), result_.header.plain_digest.hex(), policy_.archived_by, verdict.object,
        verdict.other_digest, verdict.other_writer);
  }

  ArchiveResult<void> conflict(const CopyVerdict& verdict) const {
    return fail(Kind::conflict, conflict_text(verdict),
                "Two servers write the same timeline, or two clusters archive to one place. "
                "--on-conflict=variant keeps both.");
  }

  std::string object_name(Codec codec, std::string_view variant) const {
    return repository_.object_name(owner_.system_identifier, input_.file(), input_.name(), codec, variant);
  }

  const Repository& repository_;
  const ArchivePolicy& policy_;
  Workbenches& benches_;
  Compressor& compressor_;
  std::vector<std::byte>& compressed_;
  const InputFile& input_;
  const ClusterIdentity owner_;
  ArchivedFile result_;
};

}  // namespace

StageSeconds& StageSeconds::operator+=(const StageSeconds& other) {
  read += other.read;
  check += other.check;
  compress += other.compress;
  write += other.write;
  sync += other.sync;
  return *this;
}

FileArchiver::FileArchiver(const Repository& repository, ArchivePolicy policy, Workbenches& benches)
    : repository_(repository),
      policy_(std::move(policy)),
      benches_(benches),
      segment_compressor_(make_compressor(policy_.codec)),
      small_compressor_(make_compressor(CodecChoice{})) {}

ArchiveResult<ArchivedFile> FileArchiver::archive(const FileToArchive& file) {
  const auto input = InputFile::open(file.path);
  if (!input) return std::unexpected(input.error());
  const ClusterIdentity owner = input->is_segment() ? input->identity() : file.owner;
  if (owner != admitted_) {
    if (const auto admitted = repository_.admit(owner); !admitted) return std::unexpected(admitted.error());
    admitted_ = owner;
  }
  const bool segment = input->is_segment();
  return Archiving(repository_, policy_, benches_, segment ? policy_.codec : CodecChoice{},
                   segment ? *segment_compressor_ : *small_compressor_, compressed_, *input, owner)
      .run();
}

}  // namespace walkit
