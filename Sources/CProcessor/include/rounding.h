/* Square roots and conversions as single instructions. Swift's own come by way
 * of C functions that may set errno, or check before they convert, and no loop
 * over those becomes vector code. */
#ifndef APUS_ROUNDING_H
#define APUS_ROUNDING_H

#include <stdint.h>

/* Never a function of its own: it would have the instructions of one module and
 * a name that others have too. */
#define APUS_INLINE static inline __attribute__((always_inline))

APUS_INLINE float apus_sqrtf(float x) {
    return __builtin_elementwise_sqrt(x);
}
APUS_INLINE double apus_sqrt(double x) {
    return __builtin_elementwise_sqrt(x);
}

/* Only for what fits. */
APUS_INLINE int32_t apus_int32f(float x) { return (int32_t)x; }
APUS_INLINE int64_t apus_int64f(float x) { return (int64_t)x; }
APUS_INLINE int32_t apus_int32(double x) { return (int32_t)x; }
APUS_INLINE int64_t apus_int64(double x) { return (int64_t)x; }

/* The argument. Swift's optimiser doesn't look into C, and so does not move a
 * store of a conditional value into the branches, where it stays. */
APUS_INLINE uint8_t apus_same8(uint8_t x) { return x; }
APUS_INLINE uint16_t apus_same16(uint16_t x) { return x; }
APUS_INLINE uint32_t apus_same32(uint32_t x) { return x; }
APUS_INLINE uint64_t apus_same64(uint64_t x) { return x; }

#endif
