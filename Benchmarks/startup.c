/* What a new process costs. Usage: startup first|resident|step|info */
#include <apus.h>

#include <stdio.h>
#include <string.h>

#include "resident.h"

/* Multiplies `count` times by x, keeping the graph and one handle. */
static apus_tensor *multiply(apus_tensor *y, apus_tensor *x, long count)
{
    while (count--) {
        apus_tensor *next = apus_mul(y, x);

        apus_release(y);
        y = next;
    }
    return y;
}

/* By how much each of 200,000 recorded steps makes the process grow, after
 * 20,000 that pay for what is allocated once. */
static double bytes_per_step(void)
{
    apus_tensor *x = apus_scalar_tensor(1.0, APUS_FLOAT32), *y;
    double before;

    apus_requires_grad_(x, true);
    y = multiply(apus_mul(x, x), x, 20000);
    before = resident_bytes();
    y = multiply(y, x, 200000);
    return (resident_bytes() - before) / 200000;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "first";

    if (!strcmp(what, "info")) {
        puts(apus_build_info());
    } else if (!strcmp(what, "step")) {
        printf("%.1f\n", bytes_per_step());
    } else {
        apus_tensor *x = apus_arange(0, 4, 1, APUS_FLOAT32);

        apus_add(x, x);
        if (!strcmp(what, "resident"))
            printf("%.0f\n", resident_bytes());
    }
    return apus_error_code();
}
