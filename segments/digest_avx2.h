// XXH3 with AVX2. Debian's library is compiled for any x86-64 and hashes at half the speed.
#pragma once

#include <cstddef>

namespace walkit {

/// XXH3_128bits_update(), on a state that the library made. Only for processors with AVX2.
void update_xxh3_avx2(void* state, const void* bytes, std::size_t size);

}  // namespace walkit
