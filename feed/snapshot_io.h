// Values written one after another and read back: how a snapshot of the feed is stored.
//
//   "WKITFEED"  u32 format  { u32 size, bytes of values, u32 crc }...  { 0, u32 crc }
//
// All little-endian. Each CRC-32C is of everything before it, so a block that was cut off, changed, moved or
// taken from elsewhere is noticed before anything in it is believed. Values are laid out as they are listed:
//
//   template <class Io, Like<ClassRow> Row>
//   void fields(Io& io, Row& row) { io(row.oid, row.name); }
//
// is both how a ClassRow is written and how it is read. Integers and enumerations are of their size, what has
// a length begins with it, a schema is written once and named by its number from then on. Classes have
// transfer(io, self) instead, for what is private. Pure; one thread at a time.
#pragma once

#include <concepts>
#include <expected>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "feed/schema.h"
#include "walreader/crc32c.h"

namespace walkit {

/// Takes a snapshot's bytes from front to back. Errors are one line.
class SnapshotSink {
 public:
  virtual ~SnapshotSink() = default;
  virtual std::expected<void, std::string> write(ByteSpan bytes) = 0;
};

/// Gives them. Errors are one line.
class SnapshotSource {
 public:
  virtual ~SnapshotSource() = default;
  /// Fills `out` from its front; fewer bytes than that are there only at the end.
  virtual std::expected<std::size_t, std::string> read(std::span<std::byte> out) = 0;
};

template <class T, class Plain>
concept Like = std::same_as<std::remove_const_t<T>, Plain>;

template <class T>
concept PlainValue = std::integral<T> || std::is_enum_v<T>;

/// Whatever says itself what is stored of it.
template <class Io, class T>
  requires requires(Io& io, T& self) { T::transfer(io, self); }
void fields(Io& io, T& self) {
  T::transfer(io, self);
}

/// Borrows the sink. After an error nothing more is written; finish() says it.
class SnapshotWriter {
 public:
  static constexpr bool kReads = false;

  explicit SnapshotWriter(SnapshotSink& sink);

  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }
  void bytes(ByteSpan bytes);
  /// Everything was given. Not to be called twice.
  std::expected<void, std::string> finish();
  /// So far; the last block may still be to come.
  std::uint64_t size_bytes() const { return written_bytes_; }

 private:
  void hand_on(ByteSpan bytes);
  void end_block();

  template <PlainValue T>
  void put(T value) {
    bytes(std::as_bytes(std::span(&value, 1)));
  }
  void put(const std::string& text);
  void put(const std::vector<std::byte>& blob);
  void put(const SchemaRef& schema);
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class A, class B>
  void put(const std::pair<A, B>& value) {
    put(value.first);
    put(value.second);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put_all(values);
  }
  template <class Key, class T, class Hash>
  void put(const std::unordered_map<Key, T, Hash>& values) {
    put_all(values);
  }
  template <class T>
  void put(const std::unordered_set<T>& values) {
    put_all(values);
  }
  template <class T>
    requires std::is_class_v<T>
  void put(const T& value) {
    fields(*this, value);
  }
  template <class Values>
  void put_all(const Values& values) {
    put(std::uint64_t{values.size()});
    for (const auto& value : values) put(value);
  }

  SnapshotSink& sink_;
  std::vector<std::byte> block_;
  Crc32c crc_;
  std::uint64_t written_bytes_ = 0;
  std::unordered_map<SchemaRef, std::uint32_t> schemas_;
  std::expected<void, std::string> done_;
};

/// Borrows the source. After an error, or bytes that no writer wrote, values are zero and empty and ok() is
/// false: read all, then ask. Nothing is allocated for bytes that were not there.
class SnapshotReader {
 public:
  static constexpr bool kReads = true;

  explicit SnapshotReader(SnapshotSource& source);

  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  void bytes(std::span<std::byte> out);
  bool ok() const { return error_.empty(); }
  /// What was read contradicts itself.
  void fail(std::string_view why);
  /// Whether all was well so far; why not, in words that follow the file's name.
  std::expected<void, std::string> status() const;
  /// The same, and that nothing follows.
  std::expected<void, std::string> finish();

 private:
  bool next_block();
  bool read_fully(std::span<std::byte> out);
  bool check_crc();
  void append(std::uint64_t size, auto& to);

  template <PlainValue T>
  void get(T& value) {
    bytes(std::as_writable_bytes(std::span(&value, 1)));
  }
  void get(bool& value) {
    std::uint8_t byte = 0;
    get(byte);
    value = byte != 0;
  }
  void get(std::string& text);
  void get(std::vector<std::byte>& blob);
  void get(SchemaRef& schema);
  template <class T>
  void get(std::optional<T>& value) {
    bool present = false;
    get(present);
    value.reset();
    if (present) get(value.emplace());
  }
  template <class A, class B>
  void get(std::pair<A, B>& value) {
    get(value.first);
    get(value.second);
  }
  template <class T>
  void get(std::vector<T>& values) {
    values.clear();
    get_all([&] { get(values.emplace_back()); });
  }
  template <class Key, class T, class Hash>
  void get(std::unordered_map<Key, T, Hash>& values) {
    values.clear();
    get_all([&] {
      Key key{};
      get(key);
      get(values[key]);
    });
  }
  template <class T>
  void get(std::unordered_set<T>& values) {
    values.clear();
    get_all([&] {
      T value{};
      get(value);
      values.insert(value);
    });
  }
  template <class T>
    requires std::is_class_v<T>
  void get(T& value) {
    fields(*this, value);
  }
  template <class GetOne>
  void get_all(GetOne&& get_one) {
    std::uint64_t count = 0;
    get(count);
    for (; count > 0 && ok(); --count) get_one();
  }

  SnapshotSource& source_;
  std::vector<std::byte> block_;
  ByteSpan rest_;  // of the block
  Crc32c crc_;
  std::vector<SchemaRef> schemas_;
  bool ended_ = false;
  std::string error_;
};

}  // namespace walkit
