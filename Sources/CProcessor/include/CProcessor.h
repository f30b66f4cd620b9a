/* What Swift can't express: asking the processor what it can do, and a pointer
 * that is read without a call. */
#ifndef APUS_CPROCESSOR_H
#define APUS_CPROCESSOR_H

#include <stdint.h>
#include "rounding.h"

/* Nothing here is part of the C ABI. */
#pragma GCC visibility push(hidden)

/* The most that the processor can do and the operating system lets it do: 0 for
 * the baseline, on x86-64 also 3 (x86-64-v3: AVX2, FMA, F16C) or 4 (x86-64-v4:
 * AVX-512 F, BW, CD, DQ, VL). */
int32_t apus_processor_level(void);

/* The kernels of this process, NULL until they are chosen. */
extern const void *apus_kernels_storage;

static inline const void *apus_kernels(void) {
    return __atomic_load_n(&apus_kernels_storage, __ATOMIC_ACQUIRE);
}

/* Makes `kernels` the process's, unless there are some; returns the process's. */
const void *apus_kernels_settle(const void *kernels);

#pragma GCC visibility pop

#endif
