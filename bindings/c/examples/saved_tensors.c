/* What the backward pass needs, kept elsewhere: in half the bytes, or in a
 * file. Hooks take the place of every tensor that an operation saves. */
#include <apus.h>

#include <stdio.h>
#include <stdlib.h>

/* ---- Half precision ----------------------------------------------------- */

/* The packed value is a tensor in the collector's memory: nothing to free. */
static apus_status to_half(void *payload, apus_tensor *tensor, void **packed)
{
    (void)payload;
    *packed = apus_to(tensor, APUS_FLOAT16, false);
    return apus_error_code();
}

static apus_status from_half(void *payload, void *packed, apus_tensor **tensor)
{
    (void)payload;
    *tensor = apus_to(packed, APUS_FLOAT32, false);
    return apus_error_code();
}

/* ---- A file ------------------------------------------------------------- */

typedef struct record {
    FILE *file;
    int64_t size;
} record;

static apus_status to_file(void *payload, apus_tensor *tensor, void **packed)
{
    apus_tensor *dense = apus_contiguous(tensor);
    record *self = malloc(sizeof *self);

    if (!self) return apus_fail(APUS_ERROR_MEMORY, "no memory");
    *packed = self; /* so that drop() sees it whatever happens */
    self->size = apus_numel(dense);
    self->file = tmpfile();
    if (!self->file || fwrite(apus_data(dense), sizeof(float),
                              (size_t)self->size, self->file) !=
                           (size_t)self->size)
        return apus_fail(APUS_ERROR_RUNTIME, "can't write the saved tensor");
    ++*(int *)payload;
    return apus_error_code();
}

static apus_status from_file(void *payload, void *packed, apus_tensor **tensor)
{
    record *self = packed;

    (void)payload;
    *tensor = apus_empty(&self->size, 1, APUS_FLOAT32);
    rewind(self->file);
    if (fread(apus_data(*tensor), sizeof(float), (size_t)self->size,
              self->file) != (size_t)self->size)
        return apus_fail(APUS_ERROR_RUNTIME, "can't read the saved tensor");
    return apus_error_code();
}

static void close_file(void *payload, void *packed)
{
    record *self = packed;

    --*(int *)payload;
    fclose(self->file);
    free(self);
}

/* ---- The function ------------------------------------------------------- */

/* The derivative of sin(x)² is sin(2x). The square saves sin(x), the sine x. */
static void differentiate(void)
{
    apus_tensor *x = apus_mul_scalar(apus_arange(0, 4, 1, APUS_FLOAT32), 0.25);

    apus_requires_grad_(x, true);
    apus_tensor *y = apus_sum(apus_pow_scalar(apus_sin(x), 2));
    apus_backward(y);
    apus_print(apus_grad(x));
}

int main(void)
{
    int files = 0;

    differentiate();

    apus_saved_tensors_hooks_push(to_half, from_half, NULL, NULL, NULL);
    differentiate();
    apus_saved_tensors_hooks_pop();

    apus_saved_tensors_hooks_push(to_file, from_file, close_file, &files, NULL);
    differentiate();
    apus_saved_tensors_hooks_pop();
    printf("%d files are open\n", files);
    return apus_error_code();
}
