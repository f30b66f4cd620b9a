/* A function with a derivative of its own: log(1 + e^x), whose textbook formula
 * overflows where x is large, and so would its gradient. */
#include <apus.h>

/* max(x, 0) + log(1 + e^-|x|), which overflows nowhere. */
static apus_status forward(void *payload, apus_context *context,
                           apus_tensor *const *inputs, size_t input_count,
                           apus_tensor **outputs, size_t *output_count)
{
    apus_tensor *x = inputs[0];

    (void)payload;
    (void)input_count;
    outputs[0] = apus_add(apus_relu(x),
                          apus_log(apus_add_scalar(
                              apus_exp(apus_neg(apus_abs(x))), 1)));
    *output_count = 1;
    return apus_context_save_for_backward(context, &x, 1);
}

/* Its derivative is the sigmoid. Made of operations, it can be differentiated
 * again. */
static apus_status backward(void *payload, apus_context *context,
                            apus_tensor *const *grad_outputs,
                            size_t output_count, apus_tensor **grad_inputs,
                            size_t input_count)
{
    (void)payload;
    (void)output_count;
    (void)input_count;
    grad_inputs[0] = apus_mul(grad_outputs[0],
                              apus_sigmoid(apus_context_saved(context, 0)));
    return apus_error_code();
}

static apus_tensor *softplus(apus_tensor *x)
{
    static const apus_custom_function function = {
        .struct_size = sizeof function,
        .name = "Softplus",
        .forward = forward,
        .backward = backward,
    };
    apus_tensor *y = NULL;
    size_t count = 1;

    apus_custom_apply(&function, NULL, NULL, &x, 1, &y, &count);
    return y;
}

static apus_status as_function(void *payload, apus_tensor *const *inputs,
                               size_t input_count, apus_tensor **outputs,
                               size_t *output_count)
{
    (void)payload;
    (void)input_count;
    outputs[0] = softplus(inputs[0]);
    *output_count = 1;
    return apus_error_code();
}

int main(void)
{
    apus_tensor *x = apus_tensor_from((float[]){-200, -1, 0, 1, 200},
                                      (int64_t[]){5}, 1, APUS_FLOAT32);

    apus_requires_grad_(x, true);
    apus_tensor *y = softplus(x);
    apus_print(y);
    apus_backward(apus_sum(y));
    apus_print(apus_grad(x));

    /* Both derivatives agree with central differences. */
    apus_tensor *z = apus_tensor_from((double[]){-2, 0.5, 3}, (int64_t[]){3}, 1,
                                      APUS_FLOAT64);
    apus_requires_grad_(z, true);
    apus_gradcheck(as_function, NULL, &z, 1, NULL);
    apus_gradgradcheck(as_function, NULL, &z, 1, NULL);
    return apus_error_code();
}
