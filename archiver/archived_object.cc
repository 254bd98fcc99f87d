#include "archiver/archived_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "segments/page_buffer.h"

namespace walkit {
namespace {

using Kind = ArchiveError::Kind;

constexpr std::size_t kChunkBytes = std::size_t{256} << 10;
constexpr std::string_view kSidecarSuffix = ".json";

std::unexpected<ArchiveError> damaged(const std::string& object, std::string_view how) {
  return std::unexpected(ArchiveError{
      .kind = Kind::damaged, .text = fmt::format("archived \"{}\" is damaged: {}", object, how), .hint = {}});
}

std::unexpected<ArchiveError> unreadable(const std::string& object, const HeaderError& error) {
  if (!error.newer) return damaged(object, error.text);
  return std::unexpected(ArchiveError{.kind = Kind::wrong_place,
                                      .text = fmt::format("archived \"{}\" is newer: {}", object, error.text),
                                      .hint = "Use the newer walkit that wrote it."});
}

std::string_view last_component(std::string_view name) { return name.substr(name.rfind('/') + 1); }

ArchiveResult<std::vector<std::byte>> read_tail(StoredObject& object, std::uint64_t size) {
  std::vector<std::byte> tail(std::min(size, object.size_bytes()));
  const auto got = object.read_at(object.size_bytes() - tail.size(), tail);
  if (!got) return std::unexpected(archive_error(got.error()));
  tail.resize(*got);
  return tail;
}

ArchiveResult<ObjectHeader> read_trailer(StoredObject& object, const std::string& name) {
  auto tail = read_tail(object, kTrailerReadSize);
  if (!tail) return std::unexpected(tail.error());
  const auto size = trailer_size(*tail);
  if (!size) return unreadable(name, size.error());
  if (*size > object.size_bytes()) return damaged(name, "its header is longer than the object");
  if (*size > tail->size()) {
    tail = read_tail(object, *size);
    if (!tail) return std::unexpected(tail.error());
  }
  if (*size > tail->size()) return damaged(name, "it was cut short");
  auto header = decode_trailer(std::span(*tail).last(*size));
  if (!header) return unreadable(name, header.error());
  if (header->payload_size_bytes != object.size_bytes() - *size)
    return damaged(name, "its length is not that in its header");
  return std::move(*header);
}

ArchiveResult<ObjectHeader> read_sidecar(Store& store, const std::string& name) {
  const std::string sidecar = name + std::string(kSidecarSuffix);
  const auto bytes = read_object(store, sidecar, kMaxTrailerSize);
  if (!bytes && bytes.error().kind == StoreError::Kind::absent)
    return damaged(name, "the header beside it is missing");
  if (!bytes) return std::unexpected(archive_error(bytes.error()));
  auto header = decode_sidecar(*bytes);
  if (!header) return unreadable(sidecar, header.error());
  return std::move(*header);
}

}  // namespace

// What has been given to the sink so far.
class PlainCheck {
 public:
  explicit PlainCheck(const ObjectHeader& header) : expected_(header) {}

  bool add(ByteSpan bytes) {
    size_ += bytes.size();
    digester_.update(bytes);
    return size_ <= expected_.plain_size_bytes;
  }
  bool complete() const {
    return size_ == expected_.plain_size_bytes && digester_.value() == expected_.plain_digest;
  }

 private:
  const ObjectHeader& expected_;
  Digester digester_;
  std::uint64_t size_ = 0;
};

ArchiveResult<ArchivedObject> ArchivedObject::open(Store& store, const std::string& name) {
  const auto parsed = parse_object_name(last_component(name));
  if (!parsed || parsed->sidecar)
    return std::unexpected(ArchiveError{
        .kind = Kind::damaged, .text = fmt::format("\"{}\" is no archived object", name), .hint = {}});
  auto opened = store.open(name);
  if (!opened) return std::unexpected(archive_error(opened.error()));
  ArchivedObject object;
  object.name_ = name;
  object.object_ = std::move(*opened);
  object.stored_bytes_ = object.object_->size_bytes();
  const bool plain = parsed->codec == Codec::none;
  auto header = plain ? read_sidecar(store, name) : read_trailer(*object.object_, name);
  if (!header) return std::unexpected(header.error());
  if (header->name != parsed->file)
    return damaged(name, fmt::format("its header is that of \"{}\"", header->name));
  if (header->codec.codec != parsed->codec)
    return damaged(name, fmt::format("its header says codec {}", codec_name(header->codec.codec)));
  if (plain && header->payload_size_bytes != object.stored_bytes_)
    return damaged(name, "its length is not that in its header");
  object.header_ = std::move(*header);
  return object;
}

ArchiveResult<void> ArchivedObject::extract(const Sink& sink) {
  PlainCheck check(header_);
  if (const auto done = decompress(sink, check); !done) return done;
  if (!check.complete()) return damaged(name_, "its content is not what was archived");
  return {};
}

// Gives the sink what the payload decompresses to; checks the payload.
ArchiveResult<void> ArchivedObject::decompress(const Sink& sink, PlainCheck& check) {
  const auto decompressor = make_decompressor(header_.codec.codec);
  const PageBuffer in(kChunkBytes);
  const PageBuffer out(kChunkBytes);
  Digester payload;
  for (std::uint64_t offset = 0; offset < header_.payload_size_bytes;) {
    const std::size_t wanted = std::min<std::uint64_t>(in.size(), header_.payload_size_bytes - offset);
    const auto got = object_->read_at(offset, in.span().first(wanted));
    if (!got) return std::unexpected(archive_error(got.error()));
    if (*got == 0) return damaged(name_, "it was cut short");
    offset += *got;
    ByteSpan left = in.span().first(*got);
    payload.update(left);
    for (;;) {
      const auto progress = decompressor->decompress(left, out.span());
      if (!progress) return damaged(name_, progress.error());
      left = left.subspan(progress->consumed);
      const ByteSpan plain = out.span().first(progress->produced);
      if (!check.add(plain)) return damaged(name_, "its content is longer than its header says");
      if (!plain.empty())
        if (const auto taken = sink(plain); !taken) return taken;
      if (progress->consumed == 0 && progress->produced == 0) break;
    }
    if (!left.empty()) return damaged(name_, "there is something after its compressed content");
  }
  if (payload.value() != header_.payload_digest)
    return damaged(name_, "the stored bytes are not what was written");
  if (const auto finished = decompressor->finish(); !finished) return damaged(name_, finished.error());
  return {};
}

ArchiveResult<std::vector<std::string>> find_objects(const Repository& repository,
                                                     std::uint64_t system_identifier, std::string_view file,
                                                     const WalFileName& name) {
  const auto listed = repository.store().list_files(repository.directory_of(system_identifier, name));
  if (!listed) return std::unexpected(archive_error(listed.error()));
  std::vector<std::string> names;
  for (const ListedObject& object : *listed) {
    if (!last_component(object.name).starts_with(file)) continue;
    const auto parsed = parse_object_name(last_component(object.name));
    if (parsed && !parsed->sidecar && parsed->file == file) names.push_back(object.name);
  }
  return names;
}

Lsn recorded_until(const ObjectHeader& header) {
  if (!header.summary) return {};
  constexpr Lsn kBeyondAll{UINT64_MAX};
  return header.summary->ending == SegmentEnding::full ? kBeyondAll : header.summary->end;
}

// A copy that cannot be read may be the one to give, so it is an error and not passed over.
ArchiveResult<Choice> choose_object(Store& store, const std::vector<std::string>& names) {
  Choice choice;
  for (const std::string& name : names) {
    auto object = ArchivedObject::open(store, name);
    if (!object) return std::unexpected(object.error());
    if (object->header().diverging) {
      choice.diverging = true;
      continue;
    }
    const auto order = [](const ArchivedObject& copy) {
      // Without a variant's suffix a name is shorter: of equals the first copy is taken.
      return std::pair(recorded_until(copy.header()).value, SIZE_MAX - copy.name().size());
    };
    if (!choice.object || order(*object) > order(*choice.object))
      choice.object = std::make_unique<ArchivedObject>(std::move(*object));
  }
  return choice;
}

}  // namespace walkit
