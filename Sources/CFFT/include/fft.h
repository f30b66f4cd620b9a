// Discrete Fourier transforms of rows, by kissfft (BSD-3-Clause), which is compiled in.

#ifndef APUS_FFT_H
#define APUS_FFT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(hidden)

/// What the elements of a row and of its transform are.
typedef enum {
    /// Complex numbers, which become as many.
    APUS_FFT_COMPLEX,
    /// Real numbers, which become complex ones: the first length / 2 + 1 of them.
    APUS_FFT_REAL,
    /// Real numbers, which become complex ones: all of them.
    APUS_FFT_REAL_TO_ALL,
    /// The first length / 2 + 1 complex numbers of what has a real transform, which they become.
    APUS_FFT_HERMITIAN
} apus_fft_kind;

/// The version of kissfft.
const char *apus_fft_name(void);

/// Transforms dense rows, one after the other: length numbers of each, on whichever side they are
/// real, and multiplies by a scale. Numbers are float or double; computed is in double. out may be
/// x where both have elements of one kind. Any length from 1 on takes O(n log n).
///
/// False, with nothing said of out, when there is no memory. Any thread may call.
bool apus_fft_rows(apus_fft_kind kind, bool is_inverse, bool is_double, const void *x, void *out,
                   size_t rows, size_t length, double scale);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
