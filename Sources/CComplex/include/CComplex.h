/* Functions of complex numbers as the C library has them, which Swift cannot
 * call: it does not know the type. */
#ifndef CCOMPLEX_H
#define CCOMPLEX_H

#pragma GCC visibility push(hidden)

typedef struct {
    double real, imaginary;
} apus_complex;

#define APUS_COMPLEX_FUNCTION(name) \
    apus_complex apus_complex_##name(apus_complex z)

APUS_COMPLEX_FUNCTION(exp);
APUS_COMPLEX_FUNCTION(log);
APUS_COMPLEX_FUNCTION(sqrt);
APUS_COMPLEX_FUNCTION(sin);
APUS_COMPLEX_FUNCTION(cos);
APUS_COMPLEX_FUNCTION(tan);
APUS_COMPLEX_FUNCTION(asin);
APUS_COMPLEX_FUNCTION(acos);
APUS_COMPLEX_FUNCTION(atan);
APUS_COMPLEX_FUNCTION(sinh);
APUS_COMPLEX_FUNCTION(cosh);
APUS_COMPLEX_FUNCTION(tanh);
APUS_COMPLEX_FUNCTION(asinh);
APUS_COMPLEX_FUNCTION(acosh);
APUS_COMPLEX_FUNCTION(atanh);

/* base to the power of exponent */
apus_complex apus_complex_pow(apus_complex base, apus_complex exponent);

#undef APUS_COMPLEX_FUNCTION

#pragma GCC visibility pop

#endif
