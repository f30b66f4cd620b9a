/* Square roots and roundings as single instructions. Swift's own come by way of
 * C functions that may set errno or be calls, and no loop over those becomes
 * vector code. */
#ifndef APUS_ROUNDING_H
#define APUS_ROUNDING_H

static inline float apus_sqrtf(float x) { return __builtin_elementwise_sqrt(x); }
static inline double apus_sqrt(double x) { return __builtin_elementwise_sqrt(x); }

#endif
