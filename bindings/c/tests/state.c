/* Tensors that share memory, with and without a common count of changes; the
 * dtype of gradients; inference mode; errors and warnings of the program. */
#include "harness.h"

static apus_tensor *leaf(float a, float b)
{
    apus_tensor *x = FLOATS(a, b);

    apus_requires_grad_(x, true);
    return x;
}

TEST(data_has_a_version_of_its_own)
{
    apus_tensor *y = apus_exp(leaf(0, 0)), *data = apus_variable_data(y);

    CHECK(apus_data(y) == apus_data(data));
    CHECK(!apus_requires_grad(data));
    apus_zero_(data);
    CHECK_INT(apus_version_of(y), 0);
    CHECK_INT(apus_version_of(data), 1);
    SHOWS(y, "tensor([0., 0.], grad_fn=<ExpBackward0>)");

    apus_tensor *detached = apus_detach(y);
    apus_add_scalar_(detached, 1);
    CHECK_INT(apus_version_of(y), 1);
}

TEST(data_is_set)
{
    apus_tensor *x = leaf(1, 2);

    CHECK_INT(apus_set_data(x, FLOATS(5, 6, 7)), APUS_OK);
    SHOWS(x, "tensor([5., 6., 7.], requires_grad=True)");
    CHECK_INT(apus_version_of(x), 0);
    CHECK_INT(apus_backward(apus_sum(apus_mul(x, x))), APUS_OK);
    SHOWS(apus_grad(x), "tensor([10., 12., 14.])");
    FAILS(apus_set_data(x, apus_arange(0, 2, 1, APUS_INT64)),
          APUS_ERROR_RUNTIME,
          "data set to a tensor that requires gradients must be floating point "
          "or complex dtype");
    FAILS(apus_set_data(x, NULL), APUS_ERROR_NULL, "argument 'data' is NULL");
}

TEST(a_tensor_leaves_the_graph)
{
    apus_tensor *y = apus_exp(leaf(0, 0));

    CHECK_INT(apus_detach_(y), APUS_OK);
    CHECK(apus_is_leaf(y) && !apus_requires_grad(y));
    FAILS(apus_detach_(apus_select(y, 0, 0)), APUS_ERROR_RUNTIME,
          "Can't detach views in-place. Use detach() instead. If you are using "
          "DistributedDataParallel (DDP) for training, and "
          "gradient_as_bucket_view is set as True, gradients are views of DDP "
          "buckets, and hence detach_() cannot be called on these gradients. "
          "To fix this error, please refer to the Optimizer.zero_grad() "
          "function in torch/optim/optimizer.py as the solution.");
}

TEST(the_dtype_of_a_gradient)
{
    apus_tensor *x = leaf(1, 2);

    CHECK_INT(apus_grad_dtype(x), APUS_FLOAT32);
    CHECK_INT(apus_set_grad_dtype(x, APUS_FLOAT64), APUS_OK);
    CHECK_INT(apus_grad_dtype(x), APUS_FLOAT64);
    CHECK_INT(apus_backward(apus_sum(x)), APUS_OK);
    SHOWS(apus_grad(x), "tensor([1., 1.], dtype=torch.float64)");
    apus_set_grad(x, NULL);
    CHECK_INT(apus_set_grad_dtype(x, 0), APUS_OK);
    CHECK_INT(apus_grad_dtype(x), 0);
    CHECK_INT(apus_error_code(), 0);
    FAILS(apus_grad_dtype(apus_exp(x)), APUS_ERROR_RUNTIME,
          "grad_dtype can only be accessed on leaf tensors.");
    FAILS(apus_set_grad_dtype(x, 99), APUS_ERROR_TYPE, "unknown dtype 99");
}

TEST(a_change_that_nobody_saw)
{
    apus_tensor *x = leaf(1, 2), *y = apus_exp(x);

    CHECK_INT(apus_increment_version(y), APUS_OK);
    CHECK_INT(apus_version_of(y), 1);
    FAILS(apus_backward(apus_sum(y)), APUS_ERROR_RUNTIME,
          "one of the variables needed for gradient computation has been "
          "modified by an inplace operation: [torch.FloatTensor [2]], which is "
          "output 0 of Exp, is at version 1; expected version 0 instead. Hint: "
          "enable anomaly detection to find the operation that failed to "
          "compute its gradient, with torch.autograd.set_detect_anomaly(True, "
          "check_nan=False).");
}

TEST(inference_mode)
{
    apus_tensor *x = leaf(1, 2);
    uint32_t before = apus_set_inference_mode(true);
    apus_tensor *y = apus_exp(x), *made = FLOATS(1, 2);

    CHECK(apus_is_inference_mode_enabled() && !apus_is_grad_enabled());
    apus_restore_inference_mode(before);
    CHECK(!apus_is_inference_mode_enabled() && apus_is_grad_enabled());
    CHECK(apus_is_inference(y) && apus_is_inference(made));
    CHECK(!apus_is_inference(x) && !apus_requires_grad(y));
    FAILS(apus_version_of(y), APUS_ERROR_RUNTIME,
          "Inference tensors do not track version counter.");
    FAILS(apus_add_scalar_(y, 1), APUS_ERROR_RUNTIME,
          "Inplace update to inference tensor outside InferenceMode is not "
          "allowed.You can make a clone to get a normal tensor before doing "
          "inplace update.See https://github.com/pytorch/rfcs/pull/17 for more "
          "details.");
    FAILS(apus_mul(y, x), APUS_ERROR_RUNTIME,
          "Inference tensors cannot be saved for backward. Please do not use "
          "Tensors created in inference mode in computation tracked by "
          "autograd. To work around this, you can make a clone to get a normal "
          "tensor and use it in autograd, or use `torch.no_grad()` instead of "
          "`torch.inference_mode()`.");
    FAILS(apus_requires_grad_(y, true), APUS_ERROR_RUNTIME,
          "Setting requires_grad=True on inference tensor outside "
          "InferenceMode is not allowed.");
}

TEST(the_programs_own_errors)
{
    CHECK_INT(apus_fail(APUS_ERROR_VALUE, "why\nnot"), APUS_ERROR_VALUE);
    CHECK_INT(apus_error_code(), APUS_ERROR_VALUE);
    CHECK_TEXT(apus_error_message(), "why not");
    CHECK_INT(apus_fail(APUS_ERROR_INDEX, "second"), APUS_ERROR_INDEX);
    CHECK_TEXT(apus_error_message(), "why not");
    apus_error_clear();
    CHECK_INT(apus_fail(APUS_OK, NULL), APUS_ERROR_RUNTIME);
    CHECK_INT(apus_error_code(), APUS_ERROR_RUNTIME);
    CHECK_TEXT(apus_error_message(), "");
    apus_error_clear();
}

TEST(warnings_wait_to_be_taken)
{
    char warning[400], part[4];
    apus_tensor *x = leaf(1, 2), *y = apus_sum(apus_exp(x));
    apus_backward_options options = {.struct_size = sizeof options,
                                     .create_graph = true};
    const char *words =
        "Using backward() with create_graph=True will create a reference cycle "
        "between the parameter and its gradient which can cause a memory leak. "
        "We recommend using autograd.grad when creating the graph to avoid "
        "this. If you have to use this function, make sure to reset the .grad "
        "fields of your parameters to None after use to break the cycle and "
        "avoid the leak.";

    while (apus_take_warning(warning, sizeof warning) > 0) continue;
    apus_backward_opt(&y, 1, NULL, &options);
    size_t length = apus_take_warning(NULL, 0);
    if (length > 0) {
        CHECK_INT(length, strlen(words));
        CHECK_INT(apus_take_warning(part, sizeof part), length);
        CHECK_TEXT(part, "Usi");
    }
    CHECK_INT(apus_take_warning(warning, sizeof warning), 0);
}
