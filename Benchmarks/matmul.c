/* Square matrix products: `apus_float32_nt 256` is a @ b.t(), and
 * `direct_float32_nt 256` the same by a direct call of oneDNN, or of OpenBLAS
 * for float64. */
#include "measure.h"

#include <apus.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef int sgemm(char transa, char transb, int64_t m, int64_t n, int64_t k,
                  float alpha, const float *a, int64_t lda, const float *b,
                  int64_t ldb, float beta, float *c, int64_t ldc);
typedef void dgemm(int order, int transa, int transb, int m, int n, int k,
                   double alpha, const double *a, int lda, const double *b,
                   int ldb, double beta, double *c, int ldc);
enum { ROW_MAJOR = 101, NORMAL = 111, TRANSPOSED = 112 };

/* The function of the first of these libraries that there is. */
static void *find(const char *const *libraries, const char *function)
{
    for (; *libraries; libraries++) {
        void *library = dlopen(*libraries, RTLD_NOW | RTLD_LOCAL);
        void *found = library ? dlsym(library, function) : NULL;

        if (found)
            return found;
    }
    return NULL;
}

static sgemm *find_sgemm(void)
{
    static const char *const names[] = {"libdnnl.so.3", "libdnnl.so.2", NULL};
    static sgemm *found;

    if (!found)
        *(void **)&found = find(names, "dnnl_sgemm");
    return found;
}

static dgemm *find_dgemm(void)
{
    static const char *const names[] = {"libopenblas.so.0", NULL};
    static dgemm *found;

    if (!found)
        *(void **)&found = find(names, "cblas_dgemm");
    return found;
}

static double run_apus(apus_tensor *a, apus_tensor *b, long count)
{
    double start = seconds();

    while (count--)
        apus_release(apus_matmul(a, b));
    return seconds() - start;
}

static double run_sgemm(const float *a, bool ta, const float *b, bool tb,
                        float *c, int64_t n, long count)
{
    sgemm *call = find_sgemm();
    double start = seconds();

    while (count--)
        call(ta ? 'T' : 'N', tb ? 'T' : 'N', n, n, n, 1, a, n, b, n, 0, c, n);
    return seconds() - start;
}

static double run_dgemm(const double *a, bool ta, const double *b, bool tb,
                        double *c, int n, long count)
{
    dgemm *call = find_dgemm();
    double start = seconds();

    while (count--)
        call(ROW_MAJOR, ta ? TRANSPOSED : NORMAL, tb ? TRANSPOSED : NORMAL, n,
             n, n, 1, a, n, b, n, 0, c, n);
    return seconds() - start;
}

static double run(const char *name, long n, long count, const char **reason)
{
    const int64_t shape[] = {n, n};
    const char *kind = strrchr(name, '_');
    bool wide = strstr(name, "float64"), direct = !strncmp(name, "direct", 6);
    apus_dtype dtype = wide ? APUS_FLOAT64 : APUS_FLOAT32;
    double t;

    *reason = wide ? "no OpenBLAS" : "no oneDNN";
    if (!kind || strlen(kind) != 3)
        return -1;
    if (direct && (wide ? !find_dgemm() : !find_sgemm()))
        return -1;

    bool ta = kind[1] == 't', tb = kind[2] == 't';
    apus_tensor *a = apus_randn(shape, 2, dtype);
    apus_tensor *b = apus_randn(shape, 2, dtype);
    apus_tensor *c = apus_zeros(shape, 2, dtype);

    if (!direct)
        t = run_apus(ta ? apus_t(a) : a, tb ? apus_t(b) : b, count);
    else if (wide)
        t = run_dgemm(apus_data(a), ta, apus_data(b), tb, apus_data(c), (int)n,
                      count);
    else
        t = run_sgemm(apus_data(a), ta, apus_data(b), tb, apus_data(c), n,
                      count);
    apus_release(a);
    apus_release(b);
    apus_release(c);
    *reason = apus_error_message();
    return apus_error_code() ? -1 : t;
}

int main(void)
{
    serve(run);
    return 0;
}
