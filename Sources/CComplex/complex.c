#include "CComplex.h"

#include <complex.h>

static double complex joined(apus_complex z)
{
    return __builtin_complex(z.real, z.imaginary);
}

static apus_complex parted(double complex z)
{
    return (apus_complex){creal(z), cimag(z)};
}

#define FUNCTION(name)                           \
    apus_complex apus_complex_##name(apus_complex z) \
    {                                            \
        return parted(c##name(joined(z)));       \
    }

FUNCTION(exp)
FUNCTION(log)
FUNCTION(sqrt)
FUNCTION(sin)
FUNCTION(cos)
FUNCTION(tan)
FUNCTION(asin)
FUNCTION(acos)
FUNCTION(atan)
FUNCTION(sinh)
FUNCTION(cosh)
FUNCTION(tanh)
FUNCTION(asinh)
FUNCTION(acosh)
FUNCTION(atanh)

apus_complex apus_complex_pow(apus_complex base, apus_complex exponent)
{
    return parted(cpow(joined(base), joined(exponent)));
}
