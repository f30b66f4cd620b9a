/* What small things cost from C. Prints one `name value unit` a line; run.py
 * makes the table. */
#define _POSIX_C_SOURCE 200809L
#include <apus.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static long resident_kb(void)
{
    char line[256];
    long kb = 0;
    FILE *file = fopen("/proc/self/status", "r");

    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %ld", &kb) == 1)
            break;
    if (file)
        fclose(file);
    return kb;
}

static apus_tensor *four(bool requires_grad)
{
    apus_tensor *x = apus_arange(0, 4, 1, APUS_FLOAT32);

    apus_requires_grad_(x, requires_grad);
    return x;
}

static void add_released(long n)
{
    apus_tensor *x = four(false);

    while (n--)
        apus_release(apus_add(x, x));
}

static void add_collected(long n)
{
    apus_tensor *x = four(false);

    while (n--)
        apus_add(x, x);
}

static void mul_recorded(long n)
{
    apus_tensor *x = four(true);

    while (n--)
        apus_release(apus_mul(x, x));
}

static void notebook_step(long n)
{
    apus_tensor *x = four(true);

    while (n--) {
        apus_backward(apus_mul_scalar(apus_dot(x, x), 2));
        apus_set_grad(x, NULL);
    }
}

static void chain(long n)
{
    while (n--) {
        apus_tensor *x = apus_scalar_tensor(1.0, APUS_FLOAT32), *y = x;

        apus_requires_grad_(x, true);
        for (int i = 0; i < 2000; i++)
            y = apus_mul_scalar(y, 1.0001);
        apus_backward(y);
    }
}

/* The median of seven runs, in nanoseconds a call. */
static void measure(const char *name, void (*run)(long), long n)
{
    double t[7];

    run(n / 10 + 1);
    for (int i = 0; i < 7; i++) {
        double start = seconds();

        run(n);
        t[i] = (seconds() - start) * 1e9 / (double)n;
    }
    for (int i = 1; i < 7; i++)
        for (int j = i; j > 0 && t[j - 1] > t[j]; j--) {
            double other = t[j];

            t[j] = t[j - 1];
            t[j - 1] = other;
        }
    printf("%s\t%.1f\t%.1f\t%.1f\n", name, t[3], t[0], t[6]);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "first")) {
        apus_tensor *x = four(false);

        apus_add(x, x);
        printf("resident\t%ld\n", resident_kb());
        return apus_error_code();
    }
    measure("add of 4 floats, released", add_released, 300000);
    measure("add of 4 floats, collected", add_collected, 300000);
    measure("mul of 4 floats, recorded, released", mul_recorded, 200000);
    measure("notebook step: dot, times 2, backward", notebook_step, 30000);
    measure("chain of 2,000 nodes, forward and backward", chain, 30);
    if (apus_error_code())
        fprintf(stderr, "%s\n", apus_error_message());
    return apus_error_code();
}
