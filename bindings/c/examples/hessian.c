/* Derivatives of functions: Newton's method with Hessians, and the same model
 * for many examples at once. */
#include <apus.h>

#include <stdio.h>

/* Rosenbrock's valley, (1 - a)² + 100 (b - a²)², whose least value is at
 * (1, 1). */
static apus_status valley(void *payload, apus_tensor *x, apus_tensor **y)
{
    apus_tensor *a = apus_select(x, 0, 0), *b = apus_select(x, 0, 1);
    apus_tensor *slope = apus_sub(b, apus_mul(a, a));

    (void)payload;
    *y = apus_add(apus_pow_scalar(apus_rsub_scalar(a, 1), 2),
                  apus_mul_scalar(apus_mul(slope, slope), 100));
    return apus_error_code();
}

/* x - H⁻¹ g, for two unknowns. */
static apus_tensor *newton(apus_tensor *x)
{
    apus_tensor *g = apus_jacrev(valley, NULL, x);
    apus_tensor *h = apus_hessian(valley, NULL, x);
    double g0 = apus_item_double(apus_select(g, 0, 0));
    double g1 = apus_item_double(apus_select(g, 0, 1));
    double p = apus_item_double(apus_select(apus_select(h, 0, 0), 0, 0));
    double q = apus_item_double(apus_select(apus_select(h, 0, 0), 0, 1));
    double r = apus_item_double(apus_select(apus_select(h, 0, 1), 0, 1));
    double d = p * r - q * q;

    return apus_sub(x, apus_tensor_from((double[]){(r * g0 - q * g1) / d,
                                                   (p * g1 - q * g0) / d},
                                        (int64_t[]){2}, 1, APUS_FLOAT64));
}

/* |W x - t|² for one example. */
static apus_status loss(void *payload, apus_tensor *const *inputs, size_t n,
                        apus_tensor **outputs, size_t *count)
{
    apus_tensor *error = apus_sub(apus_mv(inputs[0], inputs[1]), inputs[2]);

    (void)payload;
    (void)n;
    outputs[0] = apus_dot(error, error);
    *count = 1;
    return apus_error_code();
}

/* Its gradient for W. */
static apus_status gradient(void *payload, apus_tensor *const *inputs,
                            size_t n, apus_tensor **outputs, size_t *count)
{
    *count = 1;
    return apus_func_grad(loss, payload, inputs, n, NULL, 0, outputs);
}

int main(void)
{
    apus_tensor *x = apus_tensor_from((double[]){-1.2, 1}, (int64_t[]){2}, 1,
                                      APUS_FLOAT64);

    apus_print(apus_hessian(valley, NULL, x));
    for (int i = 0; i < 7; i++) x = newton(x);
    apus_print(x);

    /* The gradient of each example: W is shared, the others are mapped. */
    apus_tensor *inputs[] = {
        apus_eye(2, APUS_FLOAT32),
        apus_reshape(apus_arange(0, 6, 1, APUS_FLOAT32), (int64_t[]){3, 2}, 2),
        apus_zeros((int64_t[]){3, 2}, 2, APUS_FLOAT32),
    };
    apus_vmap_options options = {.struct_size = sizeof options,
                                 .in_dims = (int64_t[]){APUS_NO_DIM, 0, 0}};
    apus_tensor *gradients = NULL;
    size_t count = 1;

    apus_vmap(gradient, NULL, inputs, 3, &gradients, &count, &options);
    apus_print(gradients);
    return apus_error_code();
}
