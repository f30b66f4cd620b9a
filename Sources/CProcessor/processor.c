#include "CProcessor.h"

#include <stddef.h>

const void *apus_kernels_storage = NULL;

const void *apus_kernels_settle(const void *kernels) {
    const void *expected = NULL;
    if (__atomic_compare_exchange_n(&apus_kernels_storage, &expected, kernels, 0,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return kernels;
    return expected;
}

#if defined(__x86_64__)
#include <cpuid.h>

/* The register states that the operating system saves, one bit each. */
static uint64_t saved_states(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static int has(uint32_t word, uint32_t bits) { return (word & bits) == bits; }

/* The lists of features are those of the System V ABI's levels. */
int32_t apus_processor_level(void) {
    uint32_t eax, ebx, ecx, edx;
    const uint32_t xmm_ymm = 0x6, opmask_zmm = 0xe0;
    const uint32_t lzcnt = 1u << 5; /* 0x80000001, ECX */
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return 0;
    if (!has(ecx, bit_FMA | bit_MOVBE | bit_OSXSAVE | bit_AVX | bit_F16C))
        return 0;
    const uint64_t saved = saved_states();
    if ((saved & xmm_ymm) != xmm_ymm) return 0;
    if (!__get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx)) return 0;
    if (!has(ecx, lzcnt)) return 0;
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return 0;
    if (!has(ebx, bit_AVX2 | bit_BMI | bit_BMI2)) return 0;
    if ((saved & opmask_zmm) != opmask_zmm) return 3;
    const uint32_t avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512CD |
                            bit_AVX512DQ | bit_AVX512VL;
    return has(ebx, avx512) ? 4 : 3;
}
#else
int32_t apus_processor_level(void) { return 0; }
#endif
