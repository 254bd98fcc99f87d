// A place where objects are kept: a directory now, others later. Names are paths below the store's root, made
// of components without "." and ".."; every object is written once and never changed.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "walreader/types.h"

namespace walkit {

struct StoreError {
  enum class Kind : std::uint8_t {
    absent,       ///< there is no such object
    exists,       ///< publish(): there is one of that name already
    unreachable,  ///< the store itself is not there: an unmounted disk
    denied,       ///< no permission, or a read-only file system
    no_space,     ///< full, or over quota
    timeout,      ///< the deadline passed
    bad_name,     ///< a name that would leave the store, or goes through a link
    io,           ///< anything else
  };
  Kind kind = Kind::io;
  std::string text;    ///< one line naming object and cause
  bool final = false;  ///< that the same call succeeds a moment later would prove nothing: fsync

  /// Whether the same call may succeed a moment later.
  bool transient() const { return !final && (kind == Kind::io || kind == Kind::unreachable); }
};

template <typename T>
using StoreResult = std::expected<T, StoreError>;

/// An object being read. One thread at a time.
class StoredObject {
 public:
  virtual ~StoredObject() = default;
  virtual std::uint64_t size_bytes() const = 0;
  /// Fills `out` from `offset` on; fewer bytes only where the object ends.
  virtual StoreResult<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) = 0;
};

/// An object being written. It is nowhere to be seen until publish() succeeds; destroying it before discards
/// it. One thread at a time.
class PendingObject {
 public:
  virtual ~PendingObject() = default;
  virtual StoreResult<void> write(ByteSpan bytes) = 0;
  /// Makes the object visible under its name, whole and durable, unless there is one of that name already
  /// (Kind::exists). Success means that it will be there after a power failure.
  virtual StoreResult<void> publish() = 0;
};

struct ListedObject {
  std::string name;  ///< the whole name, not only its last component
  std::uint64_t size_bytes = 0;
};

/// Left by a writer that died: not an object.
struct Leftover {
  std::string name;
  std::uint64_t size_bytes = 0;
  std::int64_t age_seconds = 0;
  bool in_use = false;  ///< its writer still holds it

  /// Whether it may be removed: no writer takes a day.
  bool stale() const { return !in_use && age_seconds > 24 * 60 * 60; }
};

/// Any thread may call any member.
class Store {
 public:
  virtual ~Store() = default;

  /// What the user calls the store: its path or URL.
  virtual const std::string& url() const = 0;

  /// Whether the store is there at all; unreachable or denied if not.
  virtual StoreResult<void> probe() = 0;

  virtual StoreResult<std::unique_ptr<StoredObject>> open(std::string_view name) = 0;
  virtual StoreResult<std::unique_ptr<PendingObject>> create(std::string_view name) = 0;

  /// All objects whose names begin with `directory` and a slash, at any depth, ordered by name. None if there
  /// is no such directory.
  virtual StoreResult<std::vector<ListedObject>> list(std::string_view directory) = 0;
  /// The same of those directly in `directory`, which costs no more the more there are deeper.
  virtual StoreResult<std::vector<ListedObject>> list_files(std::string_view directory) = 0;
  /// The names one level below `directory` that have objects below them, ordered.
  virtual StoreResult<std::vector<std::string>> list_directories(std::string_view directory) = 0;
  virtual StoreResult<std::vector<Leftover>> list_leftovers(std::string_view directory) = 0;

  /// Makes sure that an object which open() has found will be there after a power failure: its writer may
  /// have died between making it visible and making that durable. publish() does so before it says
  /// Kind::exists.
  virtual StoreResult<void> make_durable(std::string_view name) = 0;

  /// Removes an object, or a leftover; durable. Absent is success.
  virtual StoreResult<void> remove(std::string_view name) = 0;
};

/// The whole of an object of at most `max_bytes`; Kind::io if it is larger.
StoreResult<std::vector<std::byte>> read_object(Store& store, std::string_view name, std::size_t max_bytes);
/// Creates, writes and publishes.
StoreResult<void> write_object(Store& store, std::string_view name, ByteSpan bytes);

}  // namespace walkit
