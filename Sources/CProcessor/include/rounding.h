/* Square roots and conversions as single instructions. Swift's own come by way
 * of C functions that may set errno, or check before they convert, and no loop
 * over those becomes vector code. */
#ifndef APUS_ROUNDING_H
#define APUS_ROUNDING_H

#include <stdint.h>

static inline float apus_sqrtf(float x) { return __builtin_elementwise_sqrt(x); }
static inline double apus_sqrt(double x) { return __builtin_elementwise_sqrt(x); }

/* Only for what fits. */
static inline int32_t apus_int32f(float x) { return (int32_t)x; }
static inline int64_t apus_int64f(float x) { return (int64_t)x; }
static inline int32_t apus_int32(double x) { return (int32_t)x; }
static inline int64_t apus_int64(double x) { return (int64_t)x; }

/* The argument. Swift's optimiser doesn't look into C, and so does not move a
 * store of a conditional value into the branches, where it stays. */
static inline uint8_t apus_same8(uint8_t x) { return x; }
static inline uint16_t apus_same16(uint16_t x) { return x; }
static inline uint32_t apus_same32(uint32_t x) { return x; }
static inline uint64_t apus_same64(uint64_t x) { return x; }

#endif
