/* What small operations cost from C. */
#include "measure.h"

#include <apus.h>
#include <string.h>

static apus_tensor *tensor_of(long size, bool requires_grad)
{
    apus_tensor *x = apus_arange(0, size, 1, APUS_FLOAT32);

    apus_requires_grad_(x, requires_grad);
    return x;
}

static double add_released(long size, long count)
{
    apus_tensor *x = tensor_of(size, false);
    double start = seconds();

    while (count--)
        apus_release(apus_add(x, x));
    return seconds() - start;
}

static double add_collected(long size, long count)
{
    apus_tensor *x = tensor_of(size, false);
    double start = seconds();

    while (count--)
        apus_add(x, x);
    return seconds() - start;
}

static double mul_recorded(long size, long count)
{
    apus_tensor *x = tensor_of(size, true);
    double start = seconds();

    while (count--)
        apus_release(apus_mul(x, x));
    return seconds() - start;
}

static double notebook_step(long size, long count)
{
    apus_tensor *x = tensor_of(size, true);
    double start = seconds();

    while (count--) {
        apus_backward(apus_mul_scalar(apus_dot(x, x), 2));
        apus_set_grad(x, NULL);
    }
    return seconds() - start;
}

/* A graph of `size` nodes, all but the last without a handle. */
static apus_tensor *chain(long size)
{
    apus_tensor *y = apus_scalar_tensor(1.0, APUS_FLOAT32);

    apus_requires_grad_(y, true);
    while (size--) {
        apus_tensor *next = apus_mul_scalar(y, 1.0001);

        apus_release(y);
        y = next;
    }
    return y;
}

/* As a program would write it: the collector frees the handles. */
static double chain_backward(long size, long count)
{
    double start = seconds();

    while (count--) {
        apus_tensor *y = apus_scalar_tensor(1.0, APUS_FLOAT32);

        apus_requires_grad_(y, true);
        for (long i = 0; i < size; i++)
            y = apus_mul_scalar(y, 1.0001);
        apus_backward(y);
    }
    return seconds() - start;
}

/* Only the release of the chain is measured. */
static double chain_released(long size, long count)
{
    double total = 0;

    while (count--) {
        apus_tensor *y = chain(size);
        double start = seconds();

        apus_release(y);
        total += seconds() - start;
    }
    return total;
}

/* Ten such chains, one after the other. */
static double ten_chains_released(long size, long count)
{
    return chain_released(size, 10 * count);
}

static const struct {
    const char *name;
    double (*run)(long size, long count);
} workloads[] = {
    {"add_released", add_released},
    {"add_collected", add_collected},
    {"mul_recorded", mul_recorded},
    {"notebook_step", notebook_step},
    {"chain_backward", chain_backward},
    {"chain_released", chain_released},
    {"ten_chains_released", ten_chains_released},
};

static double run(const char *name, long size, long count, const char **reason)
{
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++)
        if (!strcmp(name, workloads[i].name)) {
            double t = workloads[i].run(size, count);

            *reason = apus_error_message();
            return apus_error_code() ? -1 : t;
        }
    return -1;
}

int main(void)
{
    serve(run);
    return 0;
}
