/* Backward passes, their options, and the rules about changing in place. What
 * is expected was recorded from PyTorch. */
#include "harness.h"

static apus_tensor *leaf(float first, float second, float third)
{
    apus_tensor *x = FLOATS(first, second, third);

    apus_requires_grad_(x, true);
    return x;
}

static const char modified[] =
    "Hint: enable anomaly detection to find the operation that failed to "
    "compute its gradient, with torch.autograd.set_detect_anomaly(True, "
    "check_nan=False).";

/* ---- backward ----------------------------------------------------------- */

TEST(gradients_accumulate)
{
    apus_tensor *x = leaf(1, 2, 3);

    apus_backward(apus_sum(apus_mul(x, x)));
    SHOWS(apus_grad(x), "tensor([2., 4., 6.])");
    apus_backward(apus_sum(x));
    SHOWS(apus_grad(x), "tensor([3., 5., 7.])");
    apus_set_grad(x, NULL);
    CHECK(!apus_grad(x));
    apus_set_grad(x, FLOATS(1, 1, 1));
    apus_backward(apus_sum(x));
    SHOWS(apus_grad(x), "tensor([2., 2., 2.])");
}

TEST(a_gradient_may_be_given)
{
    apus_tensor *x = leaf(1, 2, 3), *y = apus_mul_scalar(x, 2);
    apus_tensor *g = FLOATS(1, 10, 100), *two = FLOATS(1, 1);

    CHECK_INT(apus_backward_opt(&y, 1, &g, NULL), APUS_OK);
    SHOWS(apus_grad(x), "tensor([  2.,  20., 200.])");
    FAILS(apus_backward_opt(&y, 1, &two, NULL), APUS_ERROR_RUNTIME,
          "Mismatch in shape: grad_output[0] has a shape of torch.Size([2]) "
          "and output[0] has a shape of torch.Size([3]).");
}

TEST(several_outputs_run_in_one_pass)
{
    apus_tensor *x = leaf(1, 2, 3);
    apus_tensor *outputs[] = {apus_mul_scalar(x, 2), apus_sum(x)};
    apus_tensor *gradients[] = {FLOATS(1, 10, 100), NULL};

    CHECK_INT(apus_backward_opt(outputs, 2, gradients, NULL), APUS_OK);
    SHOWS(apus_grad(x), "tensor([  3.,  21., 201.])");
}

TEST(a_graph_may_be_retained)
{
    apus_tensor *x = leaf(1, 2, 3), *y = apus_sum(apus_mul(x, x));
    apus_backward_options options = {.struct_size = sizeof options,
                                     .retain_graph = 1};

    CHECK_INT(apus_backward_opt(&y, 1, NULL, &options), APUS_OK);
    CHECK_INT(apus_backward_opt(&y, 1, NULL, &options), APUS_OK);
    SHOWS(apus_grad(x), "tensor([ 4.,  8., 12.])");
    CHECK_INT(apus_backward(y), APUS_OK);
    CHECK(apus_backward(y) != APUS_OK);
    apus_error_clear();
}

TEST(a_pass_may_fill_only_some_inputs)
{
    apus_tensor *x = leaf(1, 2, 3), *w = leaf(1, 1, 1), *none = NULL;
    apus_tensor *y = apus_sum(apus_mul(x, w));
    apus_backward_options options = {.struct_size = sizeof options,
                                     .inputs = &w, .input_count = 1};

    CHECK_INT(apus_backward_opt(&y, 1, NULL, &options), APUS_OK);
    CHECK(!apus_grad(x));
    SHOWS(apus_grad(w), "tensor([1., 2., 3.])");
    y = apus_sum(apus_mul(x, w));
    options.input_count = 0;
    FAILS(apus_backward_opt(&y, 1, NULL, &options), APUS_ERROR_RUNTIME,
          "`inputs` argument to `backward()` cannot be empty.");
    options.inputs = &none;
    options.input_count = 1;
    FAILS(apus_backward_opt(&y, 1, NULL, &options), APUS_ERROR_NULL,
          "argument 'inputs' is NULL");
}

TEST(the_graph_of_a_gradient)
{
    apus_tensor *x = leaf(1, 2, 3), *y = apus_sum(apus_pow_scalar(x, 3));
    apus_backward_options options = {.struct_size = sizeof options,
                                     .create_graph = true};

    CHECK_INT(apus_backward_opt(&y, 1, NULL, &options), APUS_OK);
    apus_tensor *g = apus_grad(x);
    SHOWS(g, "tensor([ 3., 12., 27.], grad_fn=<CopyBackwards>)");
    apus_set_grad(x, NULL);
    CHECK_INT(apus_backward(apus_sum(g)), APUS_OK);
    SHOWS(apus_grad(x), "tensor([ 6., 12., 18.])");
}

/* ---- autograd.grad ------------------------------------------------------ */

TEST(gradients_without_accumulation)
{
    apus_tensor *x = leaf(1, 2, 3), *y = apus_sum(apus_pow_scalar(x, 3));
    apus_tensor *first = NULL, *second = NULL;
    apus_autograd_grad_options options = {.struct_size = sizeof options,
                                          .create_graph = true};

    CHECK_INT(apus_autograd_grad_opt(&y, 1, &x, 1, &first, &options), APUS_OK);
    SHOWS(first, "tensor([ 3., 12., 27.], grad_fn=<MulBackward0>)");
    apus_tensor *sum = apus_sum(first);
    CHECK_INT(apus_autograd_grad(&sum, 1, &x, 1, &second), APUS_OK);
    SHOWS(second, "tensor([ 6., 12., 18.])");
    CHECK(!apus_grad(x));
}

TEST(inputs_that_take_no_part)
{
    apus_tensor *x = leaf(1, 2, 3), *unused = leaf(0, 0, 0);
    apus_tensor *y = apus_sum(apus_mul_scalar(x, 2));
    apus_tensor *inputs[] = {x, unused}, *results[] = {x, x};
    apus_autograd_grad_options options = {.struct_size = sizeof options,
                                          .retain_graph = 1};

    FAILS(apus_autograd_grad_opt(&y, 1, inputs, 2, results, &options),
          APUS_ERROR_RUNTIME,
          "The differentiated Tensor at index 1 appears to not have been used "
          "in the graph. Set allow_unused=True if this is the desired "
          "behavior.");
    CHECK(!results[0] && !results[1]);
    options.allow_unused = 1;
    CHECK_INT(apus_autograd_grad_opt(&y, 1, inputs, 2, results, &options),
              APUS_OK);
    SHOWS(results[0], "tensor([2., 2., 2.])");
    CHECK(!results[1]);
    options.allow_unused = 0;
    options.materialize_grads = true;
    CHECK_INT(apus_autograd_grad_opt(&y, 1, inputs, 2, results, &options),
              APUS_OK);
    SHOWS(results[1], "tensor([0., 0., 0.])");
    options.allow_unused = -1;
    FAILS(apus_autograd_grad_opt(&y, 1, inputs, 2, results, &options),
          APUS_ERROR_VALUE,
          "Expected allow_unused to be True or not passed when "
          "materialize_grads=True, but got: allow_unused=False.");
}

TEST(gradients_of_nothing)
{
    apus_tensor *x = leaf(1, 2, 3), *y = apus_sum(x), *result;
    apus_tensor *plain = FLOATS(1);

    FAILS(apus_autograd_grad(&y, 1, &plain, 1, &result), APUS_ERROR_RUNTIME,
          "One of the differentiated Tensors does not require grad");
    FAILS(apus_autograd_grad(&y, 1, NULL, 0, &result), APUS_ERROR_RUNTIME,
          "`inputs` argument to `grad()` cannot be empty.");
    FAILS(apus_autograd_grad(&y, 1, &x, 1, NULL), APUS_ERROR_NULL,
          "argument 'results' is NULL");
}

TEST(grad_outputs)
{
    apus_tensor *x = leaf(1, 2, 3), *y = apus_mul(x, x), *result = NULL;
    apus_tensor *g = FLOATS(1, 0, 2);
    apus_autograd_grad_options options = {.struct_size = sizeof options,
                                          .grad_outputs = &g};

    CHECK_INT(apus_autograd_grad_opt(&y, 1, &x, 1, &result, &options), APUS_OK);
    SHOWS(result, "tensor([ 2.,  0., 12.])");
}

/* ---- Leaves and others -------------------------------------------------- */

TEST(leaves)
{
    apus_tensor *x = leaf(1, 2, 3), *y = apus_mul_scalar(x, 2);

    CHECK(apus_is_leaf(x) && apus_requires_grad(x));
    CHECK(!apus_is_leaf(y) && apus_requires_grad(y));
    CHECK(apus_is_leaf(FLOATS(1)) && !apus_requires_grad(FLOATS(1)));
    FAILS(apus_requires_grad_(y, false), APUS_ERROR_RUNTIME,
          "you can only change requires_grad flags of leaf variables. If you "
          "want to use a computed variable in a subgraph that doesn't require "
          "differentiation use var_no_grad = var.detach().");
    CHECK_INT(apus_requires_grad_(x, false), APUS_OK);
    CHECK(!apus_requires_grad(apus_mul_scalar(x, 2)));
}

TEST(gradients_that_can_not_be_set)
{
    apus_tensor *x = leaf(1, 2, 3);

    FAILS(apus_set_grad(x, x), APUS_ERROR_RUNTIME,
          "can't assign Variable as its own grad");
    CHECK(apus_set_grad(x, apus_ones(LIST(3), APUS_FLOAT64)) != APUS_OK);
    CHECK(strncmp(apus_error_message(),
                  "attempting to assign a gradient with dtype 'double'",
                  51) == 0);
    apus_error_clear();
}

TEST(detach_shares_elements)
{
    apus_tensor *x = leaf(0, 1, 2), *d = apus_detach(x);

    CHECK(!apus_requires_grad(d) && apus_data(d) == apus_data(x));
    apus_fill_(apus_select(d, 0, 0), 9);
    SHOWS(x, "tensor([9., 1., 2.], requires_grad=True)");
    CHECK_INT(apus_version_of(x), 1);
    CHECK_INT(apus_version_of(d), 1);
}

TEST(retained_gradients)
{
    apus_tensor *x = leaf(1, 2, 3), *y = apus_mul_scalar(x, 2);

    CHECK(!apus_retains_grad(y));
    CHECK_INT(apus_retain_grad(y), APUS_OK);
    CHECK(apus_retains_grad(y));
    apus_backward(apus_sum(apus_mul(y, y)));
    SHOWS(apus_grad(y), "tensor([ 4.,  8., 12.])");
    SHOWS(apus_grad(x), "tensor([ 8., 16., 24.])");
}

TEST(recording_can_be_switched_off)
{
    apus_tensor *x = leaf(1, 2, 3);

    CHECK(apus_is_grad_enabled());
    bool recording = apus_set_grad_enabled(false);
    CHECK(recording && !apus_is_grad_enabled());
    CHECK(!apus_requires_grad(apus_mul_scalar(x, 2)));
    CHECK(apus_add_scalar_(x, 1) == x); /* a leaf may be changed now */
    CHECK(!apus_set_grad_enabled(recording));
    SHOWS(x, "tensor([2., 3., 4.], requires_grad=True)");
    CHECK(apus_requires_grad(apus_mul_scalar(x, 2)));
}

/* ---- Changing in place -------------------------------------------------- */

TEST(a_saved_result_was_changed)
{
    apus_tensor *x = leaf(0, 1, 2), *y = apus_exp(x);
    char expected[512];

    apus_add_scalar_(y, 1);
    snprintf(expected, sizeof expected,
             "one of the variables needed for gradient computation has been "
             "modified by an inplace operation: [torch.FloatTensor [3]], which "
             "is output 0 of Exp, is at version 1; expected version 0 instead. "
             "%s", modified);
    FAILS(apus_backward(apus_sum(y)), APUS_ERROR_RUNTIME, expected);
}

TEST(a_saved_leaf_was_changed)
{
    apus_tensor *x = leaf(0, 1, 2), *y = apus_sum(apus_mul(x, x));
    char expected[512];

    apus_set_grad_enabled(false);
    apus_add_scalar_(x, 1);
    apus_set_grad_enabled(true);
    snprintf(expected, sizeof expected,
             "one of the variables needed for gradient computation has been "
             "modified by an inplace operation: [torch.FloatTensor [3]] is at "
             "version 1; expected version 0 instead. %s", modified);
    FAILS(apus_backward(y), APUS_ERROR_RUNTIME, expected);
}

TEST(a_change_is_recorded)
{
    apus_tensor *x = leaf(1, 2, 3), *y = apus_mul_scalar(x, 1);

    apus_mul_scalar_(apus_add_(y, x), 10);
    SHOWS(y, "tensor([20., 40., 60.], grad_fn=<MulBackward0>)");
    apus_backward(apus_sum(y));
    SHOWS(apus_grad(x), "tensor([20., 20., 20.])");
}

TEST(a_change_through_a_view_is_recorded)
{
    apus_tensor *x = apus_arange(0, 6, 1, APUS_FLOAT32);

    apus_requires_grad_(x, true);
    apus_tensor *base = apus_mul_scalar(x, 1);
    apus_tensor *view = apus_reshape(base, LIST(2, 3));
    apus_mul_scalar_(apus_select(view, 0, 0), 10);
    SHOWS(view, "tensor([[ 0., 10., 20.],\n"
                "        [ 3.,  4.,  5.]], grad_fn=<AsStridedBackward0>)");
    SHOWS(base, "tensor([ 0., 10., 20.,  3.,  4.,  5.], "
                "grad_fn=<CopySlices>)");
    apus_backward(apus_sum(view));
    SHOWS(apus_grad(x), "tensor([10., 10., 10.,  1.,  1.,  1.])");
}

TEST(views_and_bases)
{
    apus_tensor *x = apus_arange(0, 6, 1, APUS_FLOAT32);
    apus_tensor *view = apus_t(apus_reshape(x, LIST(2, 3)));

    CHECK(apus_is_view(view) && !apus_is_view(x));
    CHECK(apus_is_same(apus_base(view), x));
    CHECK(!apus_base(x));
    CHECK_INT(apus_version_of(x), 0);
    apus_zero_(view);
    CHECK_INT(apus_version_of(x), 1);
    CHECK_INT(apus_version_of(view), 1);
    SHOWS(x, "tensor([0., 0., 0., 0., 0., 0.])");
}

TEST(views_that_must_not_be_changed)
{
    apus_tensor *y = apus_mul_scalar(leaf(1, 2, 3), 1), *view, *parts[3];
    size_t count = 3;

    apus_set_grad_enabled(false);
    view = apus_narrow(y, 0, 0, 1);
    apus_set_grad_enabled(true);
    FAILS(apus_add_scalar_(view, 1), APUS_ERROR_RUNTIME,
          "A view was created in no_grad mode and is being modified inplace "
          "with grad mode enabled. Given that this use case is ambiguous and "
          "error-prone, it is forbidden. You can clarify your code by moving "
          "both the view and the inplace either both inside the no_grad block "
          "(if you don't want the inplace to be tracked) or both outside (if "
          "you want the inplace to be tracked).");
    CHECK_INT(apus_split(y, 1, 0, parts, &count), APUS_OK);
    FAILS(apus_add_scalar_(parts[0], 1), APUS_ERROR_RUNTIME,
          "Output 0 of Split is a view and is being modified inplace. This "
          "view is the output of a function that returns multiple views. Such "
          "functions do not allow the output views to be modified inplace. You "
          "should replace the inplace operation by an out-of-place one.");
}

TEST(gradients_flow_through_views)
{
    apus_tensor *x = apus_arange(0, 6, 1, APUS_FLOAT32);

    apus_requires_grad_(x, true);
    apus_tensor *rows = apus_t(apus_reshape(x, LIST(2, 3)));
    apus_tensor *column = apus_select(rows, 0, 1);
    apus_backward(apus_sum(apus_mul_scalar(column, 2)));
    SHOWS(apus_grad(x), "tensor([0., 2., 0., 0., 2., 0.])");
}

/* ---- Checking gradients ------------------------------------------------- */

static apus_status right(void *payload, apus_tensor *const *inputs, size_t n,
                         apus_tensor **outputs, size_t *count)
{
    ++*(int *)payload;
    if (n != 2 || *count < 2) return APUS_ERROR_RUNTIME;
    *count = 2;
    outputs[0] = apus_mul(apus_sin(inputs[0]), inputs[1]);
    outputs[1] = apus_sum(apus_exp(inputs[1]));
    return apus_error_code();
}

/* Half of the derivative is cut off. */
static apus_status wrong(void *payload, apus_tensor *const *inputs, size_t n,
                         apus_tensor **outputs, size_t *count)
{
    (void)payload;
    (void)n;
    *count = 1;
    outputs[0] = apus_mul(inputs[0], apus_detach(inputs[0]));
    return apus_error_code();
}

static apus_status fails(void *payload, apus_tensor *const *inputs, size_t n,
                         apus_tensor **outputs, size_t *count)
{
    (void)payload;
    (void)n;
    *count = 1;
    outputs[0] = apus_mm(inputs[0], inputs[0]);
    return apus_error_code();
}

static apus_status refuses(void *payload, apus_tensor *const *inputs, size_t n,
                           apus_tensor **outputs, size_t *count)
{
    (void)payload;
    (void)inputs;
    (void)n;
    (void)outputs;
    (void)count;
    return 42;
}

static apus_status forgets(void *payload, apus_tensor *const *inputs, size_t n,
                           apus_tensor **outputs, size_t *count)
{
    (void)payload;
    (void)inputs;
    (void)n;
    (void)outputs;
    *count = 1;
    return APUS_OK;
}

static apus_tensor *checked(void)
{
    apus_tensor *x = apus_tensor_from((const double[]){1, 2}, LIST(2),
                                      APUS_FLOAT64);

    apus_requires_grad_(x, true);
    return x;
}

TEST(right_gradients_pass)
{
    apus_tensor *inputs[] = {checked(), checked()};
    int calls = 0;

    CHECK_INT(apus_gradcheck(right, &calls, inputs, 2, NULL), APUS_OK);
    CHECK(calls > 2);
    CHECK_INT(apus_gradgradcheck(right, &calls, inputs, 2, NULL), APUS_OK);
}

TEST(wrong_gradients_do_not)
{
    apus_tensor *x = checked();

    CHECK_TEXT(apus_error_text(), "");
    CHECK_INT(apus_gradcheck(wrong, NULL, &x, 1, NULL), APUS_ERROR_RUNTIME);
    CHECK_TEXT(apus_error_text(),
               "Jacobian mismatch for output 0 with respect to input 0,\n"
               "numerical:tensor([[2.0000, 0.0000],\n"
               "        [0.0000, 4.0000]], dtype=torch.float64)\n"
               "analytical:tensor([[1., 0.],\n"
               "        [0., 2.]], dtype=torch.float64)\n");
    apus_error_clear();
    FAILS(apus_gradcheck(wrong, NULL, &x, 1, NULL), APUS_ERROR_RUNTIME,
          "Jacobian mismatch for output 0 with respect to input 0, "
          "numerical:tensor([[2.0000, 0.0000],         [0.0000, 4.0000]], "
          "dtype=torch.float64) analytical:tensor([[1., 0.],         "
          "[0., 2.]], dtype=torch.float64) ");
    apus_gradcheck_options generous = {.struct_size = sizeof generous,
                                       .atol = 10};
    CHECK_INT(apus_gradcheck(wrong, NULL, &x, 1, &generous), APUS_OK);
}

TEST(functions_that_fail)
{
    apus_tensor *x = checked(), *plain = FLOATS(1);

    FAILS(apus_gradcheck(fails, NULL, &x, 1, NULL), APUS_ERROR_RUNTIME,
          "mm: self must be a matrix, got 1-D tensor");
    FAILS(apus_gradcheck(refuses, NULL, &x, 1, NULL), APUS_ERROR_RUNTIME,
          "a callback failed with code 42");
    FAILS(apus_gradcheck(forgets, NULL, &x, 1, NULL), APUS_ERROR_NULL,
          "argument 'outputs' is NULL");
    FAILS(apus_gradcheck(wrong, NULL, &plain, 1, NULL), APUS_ERROR_VALUE,
          "gradcheck expects at least one input tensor to require gradient, "
          "but none of them have requires_grad=True.");
}
