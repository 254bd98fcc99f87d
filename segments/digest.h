// XXH3, which tells whether bytes are the ones that were archived. Not a defence against forgery.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "walreader/types.h"

namespace walkit {

/// XXH3-128 of some bytes. A value.
struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  auto operator<=>(const Digest&) const = default;
  /// 32 lower-case hexadecimal digits, as `xxh128sum` prints them.
  std::string hex() const;
  static std::optional<Digest> from_hex(std::string_view text);
};

/// The digest of bytes that come in pieces. One thread at a time; movable.
class Digester {
 public:
  Digester();
  ~Digester();
  Digester(Digester&&) noexcept;
  Digester& operator=(Digester&&) noexcept;

  void update(ByteSpan bytes);
  Digest value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest digest_of(ByteSpan bytes);

/// XXH3-64.
std::uint64_t checksum64(ByteSpan bytes);

}  // namespace walkit
