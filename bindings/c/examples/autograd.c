/* The first steps with automatic differentiation: a vector x, functions of it,
 * and their gradients. */
#include <apus.h>

int main(void)
{
    /* x = [0, 1, 2, 3], whose gradients we want. There is none yet. */
    apus_tensor *x = apus_arange(0, 4, 1, APUS_FLOAT32);
    apus_requires_grad_(x, true);
    apus_print(apus_grad(x));

    /* y = 2 x·x has the gradient 4 x. */
    apus_tensor *y = apus_mul_scalar(apus_dot(x, x), 2);
    apus_print(y);
    apus_backward(y);
    apus_print(apus_grad(x));
    apus_print(apus_eq(apus_grad(x), apus_mul_scalar(x, 4)));

    /* The gradient of a sum is 1 everywhere. */
    apus_zero_(apus_grad(x));
    apus_backward(apus_sum(x));
    apus_print(apus_grad(x));

    /* Gradients add up until they are cleared. */
    apus_backward(apus_sum(x));
    apus_print(apus_grad(x));
    apus_backward(apus_sum(x));
    apus_print(apus_grad(x));

    /* The sum of squares has the gradient 2 x. */
    apus_zero_(apus_grad(x));
    apus_backward(apus_sum(apus_mul(x, x)));
    apus_print(apus_grad(x));

    apus_print(x);

    /* Nothing has to be freed, and one check is enough: what fails returns
     * NULL, NULL makes the next call fail, and the first error stays. */
    return apus_error_code();
}
