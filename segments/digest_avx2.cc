// Compiled for AVX2: the header's functions then use it. They are inlined, so nothing else gets hold of them.
#include "segments/digest_avx2.h"

#ifdef __x86_64__
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace walkit {

void update_xxh3_avx2(void* state, const void* bytes, std::size_t size) {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state), bytes, size);
}

}  // namespace walkit
#endif
