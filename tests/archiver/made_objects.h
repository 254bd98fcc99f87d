// Objects of a repository made by hand, for tests of those who look at what is there.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "archiver/repository.h"
#include "segments/object_header.h"
#include "tests/archiver/memory_store.h"
#include "tests/support/record_builder.h"
#include "tests/support/wal_builder.h"

namespace walkit::test {

inline constexpr ClusterIdentity kServer{.system_identifier = 7'000'000'000'000'000'001,
                                         .major = static_cast<int>(kNewestMajor),
                                         .segment_size_bytes = kMiB};

/// A repository in memory.
struct MadeRepository {
  MemoryStore store;
  Repository repository = Repository::open_or_create(store, "main").value();

  MadeRepository() { EXPECT_TRUE(repository.admit(kServer)); }

  /// Stores `content` under the name of `header`, which says the rest: sizes and digests are filled in.
  /// Returns the object's name.
  std::string put(ObjectHeader header, const Bytes& content, std::string_view variant = {}) {
    header.system_identifier = kServer.system_identifier;
    header.plain_size_bytes = content.size();
    header.plain_digest = digest_of(content);
    const auto compressor = make_compressor(header.codec);
    Bytes bytes;
    EXPECT_TRUE(compressor->begin(content.size()) && compressor->compress(content, bytes) &&
                compressor->finish(bytes));
    header.payload_size_bytes = bytes.size();
    header.payload_digest = digest_of(bytes);
    const auto name = parse_wal_file_name(header.name);
    const std::string object = repository.object_name(kServer.system_identifier, header.name, name.value(),
                                                      header.codec.codec, variant);
    if (header.codec.codec == Codec::none) {
      store.plant(object + ".json", encode_sidecar(header));
    } else {
      const auto trailer = encode_trailer(header);
      bytes.insert(bytes.end(), trailer.begin(), trailer.end());
    }
    store.plant(object, std::move(bytes));
    return object;
  }

  /// A segment with what its records say; nothing is asked of the content.
  std::string put_segment(const std::string& name, const Bytes& content = Bytes(100)) {
    return put(segment_header(name, content), content);
  }
  std::string put_text(const std::string& name, std::string_view text, std::int64_t archived_at_unix_ms = 0) {
    const ByteSpan bytes = std::as_bytes(std::span(text));
    ObjectHeader header;
    header.name = name;
    header.archived_at_unix_ms = archived_at_unix_ms;
    header.archived_by = "host:data";
    return put(std::move(header), Bytes(bytes.begin(), bytes.end()));
  }

  static ObjectHeader segment_header(const std::string& name, const Bytes& content) {
    ObjectHeader header;
    header.name = name;
    header.major = kServer.major;
    header.segment_size_bytes = kMiB;
    header.summary.emplace();
    header.archived_at_unix_ms = 1'800'000'000'000;
    header.archived_by = "host:data";
    const PageProbe probe = probe_page(ByteSpan(content).first(std::min(content.size(), kProbeSize)));
    if (probe.verdict != ProbeVerdict::wal) return header;
    SegmentCheck check(probe);
    check.feed(content);
    header.summary = check.finish();
    const bool whole = parse_wal_file_name(name)->kind == WalFileKind::segment;
    header.damaged = whole && header.summary->ending != SegmentEnding::full;
    return header;
  }

  /// What PostgreSQL writes when a base backup ends.
  static std::string label_text(std::string_view start, std::string_view stop, std::string_view stop_time) {
    return "START WAL LOCATION: " + std::string(start) + " (file 000000010000000000000002)\n" +
           "STOP WAL LOCATION: " + std::string(stop) + " (file 000000010000000000000002)\n" +
           "CHECKPOINT LOCATION: 0/200060\nBACKUP METHOD: streamed\nBACKUP FROM: primary\n" +
           "START TIME: 2026-08-01 12:00:00 UTC\nLABEL: nightly\nSTART TIMELINE: 1\n" +
           "STOP TIME: " + std::string(stop_time) + "\nSTOP TIMELINE: 1\n";
  }
};

}  // namespace walkit::test
