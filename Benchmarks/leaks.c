/* What is left of an iteration. Usage: leaks create_graph|hook|pack */
#define _POSIX_C_SOURCE 200809L
#include <apus.h>

#include <stdio.h>
#include <string.h>

#include "resident.h"

enum { ITERATIONS = 3000 };

/* A leaf of 4 KB. */
static apus_tensor *leaf(void)
{
    int64_t shape[] = {1024};
    apus_tensor *x = apus_rand(shape, 1, APUS_FLOAT32);

    apus_requires_grad_(x, true);
    return x;
}

/* The gradient has a graph that leads back to the leaf that holds it. */
static void create_graph(void)
{
    apus_tensor *x = leaf(), *y = apus_sum(apus_pow_scalar(x, 3));
    apus_backward_options options = {.struct_size = sizeof options,
                                     .create_graph = true};

    apus_backward_opt(&y, 1, NULL, &options);
}

static apus_status look(void *payload, apus_tensor *grad,
                        apus_tensor **replacement)
{
    apus_tensor **tensor = payload;

    (void)grad;
    (void)replacement;
    return apus_numel(*tensor) == 1024 ? APUS_OK : APUS_ERROR_VALUE;
}

/* The hook of a tensor refers to the tensor. */
static void hook(void)
{
    apus_tensor *y = apus_mul_scalar(leaf(), 2);
    apus_tensor **payload = apus_alloc(sizeof *payload);

    *payload = y;
    apus_register_hook(y, look, payload, NULL);
    apus_backward(apus_sum(y));
}

static apus_status keep(void *payload, apus_tensor *tensor, void **packed)
{
    (void)payload;
    *packed = tensor;
    return APUS_OK;
}

static apus_status give_back(void *payload, void *packed, apus_tensor **tensor)
{
    (void)payload;
    *tensor = packed;
    return APUS_OK;
}

/* A node's own result is packed as it is, and no pass frees it. */
static void pack(void)
{
    apus_saved_tensors_hooks_push(keep, give_back, NULL, NULL, NULL);
    apus_exp(leaf());
    apus_saved_tensors_hooks_pop();
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    void (*run)(void) = !strcmp(name, "create_graph") ? create_graph
                        : !strcmp(name, "hook")       ? hook
                                                      : pack;
    double before;

    for (int i = 0; i < ITERATIONS; i++)
        run();
    apus_collect();
    before = resident_bytes();
    for (int i = 0; i < ITERATIONS; i++)
        run();
    apus_collect();
    printf("%.1f\n", (resident_bytes() - before) / ITERATIONS);
    return apus_error_code();
}
