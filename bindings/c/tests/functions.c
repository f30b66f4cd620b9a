/* Functions with derivatives of the program's own, and checkpoints. */
#include "harness.h"

static apus_tensor *leaf(float a, float b)
{
    apus_tensor *x = FLOATS(a, b);

    apus_requires_grad_(x, true);
    return x;
}

static int calls[4];

/* ---- x³ and its derivatives --------------------------------------------- */

static apus_status cube(void *payload, apus_context *context,
                        apus_tensor *const *inputs, size_t n,
                        apus_tensor **outputs, size_t *count)
{
    (void)payload;
    calls[0]++;
    CHECK_INT(n, 1);
    CHECK(*count >= 1 && !outputs[0]);
    CHECK(!apus_is_grad_enabled());
    outputs[0] = apus_pow_scalar(inputs[0], 3);
    *count = 1;
    return context ? apus_context_save_for_backward(context, inputs, 1)
                   : apus_error_code();
}

static apus_status cube_set_up(void *payload, apus_context *context,
                               apus_tensor *const *inputs, size_t n,
                               apus_tensor *const *outputs, size_t count)
{
    (void)payload;
    (void)n;
    (void)outputs;
    calls[1]++;
    CHECK_INT(count, 1);
    apus_context_save_for_forward(context, inputs, 1);
    return apus_context_save_for_backward(context, inputs, 1);
}

static apus_status cube_backward(void *payload, apus_context *context,
                                 apus_tensor *const *grads, size_t count,
                                 apus_tensor **results, size_t n)
{
    apus_tensor *x = apus_context_saved(context, 0);

    (void)payload;
    calls[2]++;
    CHECK_INT(count, 1);
    CHECK_INT(n, 1);
    CHECK_INT(apus_context_saved_count(context), 1);
    CHECK(apus_context_needs_input_grad(context, 0));
    results[0] = apus_mul(grads[0], apus_mul_scalar(apus_mul(x, x), 3));
    return apus_error_code();
}

static apus_status cube_jvp(void *payload, apus_context *context,
                            apus_tensor *const *tangents, size_t n,
                            apus_tensor **results, size_t count)
{
    apus_tensor *x = apus_context_saved(context, 0);

    (void)payload;
    (void)n;
    calls[3]++;
    CHECK_INT(count, 1);
    results[0] = apus_mul(tangents[0], apus_mul_scalar(apus_mul(x, x), 3));
    return apus_error_code();
}

static const apus_custom_function simple = {.struct_size = sizeof simple,
                                            .name = "Cube",
                                            .forward = cube,
                                            .backward = cube_backward};

static const apus_custom_function full = {.struct_size = sizeof full,
                                          .name = "Cube",
                                          .forward = cube,
                                          .setup_context = cube_set_up,
                                          .backward = cube_backward,
                                          .jvp = cube_jvp,
                                          .generate_vmap_rule = true};

static apus_tensor *apply(const apus_custom_function *function,
                          apus_tensor *x)
{
    apus_tensor *outputs[1] = {NULL};
    size_t count = 1;

    apus_custom_apply(function, NULL, NULL, &x, 1, outputs, &count);
    return outputs[0];
}

TEST(a_function_and_its_gradient)
{
    apus_tensor *x = leaf(2, 3), *y = apply(&simple, x);

    SHOWS(y, "tensor([ 8., 27.], grad_fn=<CubeBackward>)");
    CHECK_INT(apus_backward(apus_sum(y)), APUS_OK);
    SHOWS(apus_grad(x), "tensor([12., 27.])");
    FAILS(apus_context_saved(apus_node_context(apus_grad_fn(y)), 0),
          APUS_ERROR_RUNTIME,
          "Trying to backward through the graph a second time (or directly "
          "access saved tensors after they have already been freed). Saved "
          "intermediate values of the graph are freed when you call .backward() "
          "or autograd.grad(). Specify retain_graph=True if you need to "
          "backward through the graph a second time or if you need to access "
          "saved tensors after calling backward.");
}

TEST(a_function_is_differentiated_twice)
{
    apus_tensor *x = leaf(2, 3), *y = apus_sum(apply(&simple, x)), *first,
                *second;
    apus_autograd_grad_options options = {.struct_size = sizeof options,
                                          .create_graph = true};

    CHECK_INT(apus_autograd_grad_opt(&y, 1, &x, 1, &first, &options), APUS_OK);
    first = apus_sum(first);
    CHECK_INT(apus_autograd_grad(&first, 1, &x, 1, &second), APUS_OK);
    SHOWS(second, "tensor([12., 18.])");
}

static apus_status map_cube(void *payload, apus_tensor *const *inputs,
                            size_t n, apus_tensor **outputs, size_t *count)
{
    *count = 1;
    return apus_custom_apply(payload, NULL, NULL, inputs, n, outputs, count);
}

TEST(gradcheck_agrees)
{
    apus_tensor *x =
        apus_tensor_from((const double[]){1, -2, 0.5}, LIST(3), APUS_FLOAT64);
    apus_gradcheck_options options = {.struct_size = sizeof options,
                                      .check_forward_ad = 1,
                                      .check_batched_grad = 1};

    apus_requires_grad_(x, true);
    CHECK_INT(apus_gradcheck(map_cube, (void *)&full, &x, 1, &options),
              APUS_OK);
    CHECK_INT(apus_gradgradcheck(map_cube, (void *)&full, &x, 1, NULL),
              APUS_OK);
}

TEST(forward_mode_calls_jvp)
{
    apus_tensor *tangent = NULL;

    apus_enter_dual_level();
    apus_tensor *dual = apus_make_dual(FLOATS(2, 3), FLOATS(1, 10));
    apus_tensor *y = apply(&full, dual);
    CHECK_INT(apus_unpack_dual(y, NULL, &tangent), APUS_OK);
    SHOWS(tangent, "tensor([ 12., 270.])");
    FAILS(apply(&simple, dual), APUS_ERROR_NOT_IMPLEMENTED,
          "You must implement the jvp function for custom autograd.Function to "
          "use it with forward mode AD.");
    apus_exit_dual_level();
}

static apus_status by_map(void *payload, apus_tensor *x, apus_tensor **y)
{
    *y = apply(payload, x);
    return apus_error_code();
}

TEST(transforms_of_a_function)
{
    apus_tensor *x = FLOATS(2, 3);

    SHOWS(apus_jacrev(by_map, (void *)&full, x),
          "tensor([[12.,  0.],\n        [ 0., 27.]])");
    SHOWS(apus_jacfwd(by_map, (void *)&full, x),
          "tensor([[12.,  0.],\n        [ 0., 27.]])");
    FAILS(apus_jacrev(by_map, (void *)&simple, x), APUS_ERROR_RUNTIME,
          "In order to use an autograd.Function with functorch transforms "
          "(vmap, grad, jvp, jacrev, ...), it must override the setup_context "
          "staticmethod. For more details, please see "
          "https://pytorch.org/docs/main/notes/extending.func.html");
}

/* A rule for batches of its own: counts, and has the examples last. */
static apus_status cube_vmap(void *payload, int64_t batch_size,
                             int32_t randomness, const int64_t *in_dims,
                             apus_tensor *const *inputs, size_t n,
                             apus_tensor **outputs, size_t *count,
                             int64_t *out_dims)
{
    (void)payload;
    calls[3]++;
    CHECK_INT(batch_size, 3);
    CHECK_INT(randomness, APUS_RANDOMNESS_ERROR);
    CHECK_INT(n, 1);
    outputs[0] =
        apus_transpose(apus_pow_scalar(inputs[0], 3), in_dims[0], -1);
    out_dims[0] = -1;
    *count = 1;
    return apus_error_code();
}

TEST(a_rule_for_vmap)
{
    apus_custom_function function = full;
    apus_tensor *x = apus_reshape(apus_arange(0, 6, 1, APUS_FLOAT32),
                                  LIST(3, 2)),
                *y = NULL;
    size_t count = 1;

    function.vmap = cube_vmap;
    function.generate_vmap_rule = false;
    calls[3] = 0;
    CHECK_INT(apus_vmap(map_cube, &function, &x, 1, &y, &count, NULL),
              APUS_OK);
    CHECK_INT(calls[3], 1);
    SHOWS(y, "tensor([[  0.,   1.],\n        [  8.,  27.],\n        [ 64., "
             "125.]])");
    function.vmap = NULL;
    FAILS(apus_vmap(map_cube, &function, &x, 1, &y, &count, NULL),
          APUS_ERROR_RUNTIME,
          "You tried to vmap over Cube, but it does not have vmap support. "
          "Please override and implement the vmap staticmethod or set "
          "generate_vmap_rule=True. For more details, please see "
          "https://pytorch.org/docs/main/notes/extending.func.html");
}

/* ---- What may go wrong -------------------------------------------------- */

static apus_status one_too_large(void *payload, apus_context *context,
                                 apus_tensor *const *grads, size_t count,
                                 apus_tensor **results, size_t n)
{
    (void)payload;
    (void)context;
    (void)grads;
    (void)count;
    (void)n;
    results[0] = FLOATS(1, 2, 3);
    return APUS_OK;
}

static apus_status fails(void *payload, apus_context *context,
                         apus_tensor *const *grads, size_t count,
                         apus_tensor **results, size_t n)
{
    (void)payload;
    (void)context;
    (void)grads;
    (void)count;
    (void)results;
    (void)n;
    return apus_fail(APUS_ERROR_TYPE, "from backward");
}

TEST(faults_of_a_function)
{
    apus_custom_function function = simple;
    apus_tensor *x = leaf(2, 3), *y = NULL;
    size_t count = 1;

    function.backward = one_too_large;
    FAILS(apus_backward(apus_sum(apply(&function, x))), APUS_ERROR_RUNTIME,
          "Function CubeBackward returned an invalid gradient at index 0 - got "
          "[3] but expected shape compatible with [2]");
    function.backward = fails;
    FAILS(apus_backward(apus_sum(apply(&function, x))), APUS_ERROR_TYPE,
          "from backward");
    function.backward = NULL;
    FAILS(apus_backward(apus_sum(apply(&function, x))),
          APUS_ERROR_NOT_IMPLEMENTED,
          "You must implement either the backward or vjp method for your "
          "custom autograd.Function to use it with backward mode AD.");
    function.forward = NULL;
    FAILS(apply(&function, x), APUS_ERROR_NOT_IMPLEMENTED,
          "You must implement the forward function for custom "
          "autograd.Function.");
    function.name = NULL;
    FAILS(apply(&function, x), APUS_ERROR_NULL, "argument 'name' is NULL");
    FAILS(apus_custom_apply(NULL, NULL, NULL, &x, 1, &y, &count),
          APUS_ERROR_NULL, "argument 'function' is NULL");
    FAILS(apus_custom_apply(&simple, NULL, NULL, NULL, 1, &y, &count),
          APUS_ERROR_NULL, "argument 'inputs' is NULL");
    FAILS(apus_custom_apply(&simple, NULL, NULL, &x, 1, &y, NULL),
          APUS_ERROR_NULL, "argument 'count' is NULL");
    count = 0;
    FAILS(apus_custom_apply(&simple, NULL, NULL, &x, 1, &y, &count),
          APUS_ERROR_VALUE, "there are 1 results, and room for 0");
    function.struct_size = 3;
    FAILS(apply(&function, x), APUS_ERROR_VALUE,
          "the options' struct_size is 3, not the size of the struct");
}

static apus_status expands(void *payload, apus_context *context,
                           apus_tensor *const *inputs, size_t n,
                           apus_tensor **outputs, size_t *count)
{
    (void)payload;
    (void)context;
    (void)n;
    outputs[0] = apus_mul(inputs[0], inputs[1]);
    *count = 1;
    return apus_error_code();
}

static apus_status ones_of_output(void *payload, apus_context *context,
                                  apus_tensor *const *grads, size_t count,
                                  apus_tensor **results, size_t n)
{
    (void)payload;
    (void)count;
    CHECK_INT(n, 2);
    CHECK(apus_context_needs_input_grad(context, 0));
    CHECK(!apus_context_needs_input_grad(context, 1));
    FAILS(apus_context_needs_input_grad(context, 2), APUS_ERROR_INDEX,
          "the function has no input 2");
    results[0] = grads[0];
    apus_retain(grads[0]);
    return APUS_OK;
}

TEST(gradients_are_summed_to_the_inputs_shape)
{
    apus_custom_function function = {.struct_size = sizeof function,
                                     .name = "Expand",
                                     .forward = expands,
                                     .backward = ones_of_output};
    apus_tensor *inputs[] = {leaf(1, 2), apus_ones(LIST(3, 2), APUS_FLOAT32)};
    apus_tensor *y = NULL;
    size_t count = 1;

    CHECK_INT(apus_custom_apply(&function, NULL, NULL, inputs, 2, &y, &count),
              APUS_OK);
    CHECK_INT(apus_backward(apus_sum(y)), APUS_OK);
    SHOWS(apus_grad(inputs[0]), "tensor([3., 3.])");
}

/* ---- Contexts ----------------------------------------------------------- */

static apus_status doubles_in_place(void *payload, apus_context *context,
                                    apus_tensor *const *inputs, size_t n,
                                    apus_tensor **outputs, size_t *count)
{
    (void)n;
    apus_mul_scalar_(inputs[0], 2);
    apus_context_mark_dirty(context, inputs, 1);
    *count = 1;
    outputs[0] = payload ? apus_clone(inputs[0]) : inputs[0];
    if (!payload) apus_retain(inputs[0]);
    return apus_error_code();
}

static apus_status doubled_backward(void *payload, apus_context *context,
                                    apus_tensor *const *grads, size_t count,
                                    apus_tensor **results, size_t n)
{
    (void)payload;
    (void)context;
    (void)count;
    (void)n;
    results[0] = apus_mul_scalar(grads[0], 2);
    return apus_error_code();
}

TEST(a_function_changes_its_input)
{
    apus_custom_function function = {.struct_size = sizeof function,
                                     .name = "Double",
                                     .forward = doubles_in_place,
                                     .backward = doubled_backward};
    apus_tensor *x = leaf(1, 2), *y = apus_mul_scalar(x, 1), *z;

    z = apply(&function, y);
    CHECK(apus_is_same(z, y));
    SHOWS(y, "tensor([2., 4.], grad_fn=<DoubleBackward>)");
    CHECK_INT(apus_backward(apus_sum(z)), APUS_OK);
    SHOWS(apus_grad(x), "tensor([2., 2.])");
    FAILS(apply(&function, leaf(1, 2)), APUS_ERROR_RUNTIME,
          "a leaf Variable that requires grad has been used in an in-place "
          "operation.");
    size_t count = 1;
    y = apus_mul_scalar(x, 1);
    FAILS(apus_custom_apply(&function, x, NULL, &y, 1, &z, &count),
          APUS_ERROR_RUNTIME,
          "Some elements marked as dirty during the forward method were not "
          "returned as output. The inputs that are modified inplace must all "
          "be outputs of the Function.");
}

static int destroyed;

static void destroy(void *payload)
{
    destroyed += *(int *)payload;
}

static int user_value = 1, payload_value = 10;

static apus_status two_outputs(void *payload, apus_context *context,
                               apus_tensor *const *inputs, size_t n,
                               apus_tensor **outputs, size_t *count)
{
    (void)payload;
    (void)n;
    outputs[0] = apus_mul_scalar(inputs[0], 2);
    outputs[1] = apus_mul_scalar(inputs[0], 3);
    outputs[2] = apus_mul_scalar(inputs[0], 4);
    *count = 3;
    apus_context_set_materialize_grads(context, false);
    apus_context_mark_non_differentiable(context, outputs + 2, 1);
    CHECK(!apus_context_user(context));
    apus_tensor *saved[] = {NULL, outputs[0]};
    apus_context_save_for_backward(context, saved, 2);
    return apus_context_set_user(context, &user_value, destroy);
}

static apus_status two_backward(void *payload, apus_context *context,
                                apus_tensor *const *grads, size_t count,
                                apus_tensor **results, size_t n)
{
    (void)payload;
    (void)n;
    CHECK_INT(count, 3);
    CHECK(grads[0] && !grads[1] && !grads[2]);
    CHECK(apus_context_user(context) == &user_value);
    CHECK_INT(apus_context_saved_count(context), 2);
    CHECK(!apus_context_saved(context, 0));
    CHECK_INT(apus_error_code(), 0);
    SHOWS(apus_context_saved(context, 1),
          "tensor([2., 4.], grad_fn=<SeveralBackward>)");
    FAILS(apus_context_saved(context, 2), APUS_ERROR_INDEX,
          "the context has no saved tensor 2");
    results[0] = apus_mul_scalar(grads[0], 2);
    return apus_error_code();
}

TEST(what_a_context_keeps)
{
    apus_custom_function function = {.struct_size = sizeof function,
                                     .name = "Several",
                                     .forward = two_outputs,
                                     .backward = two_backward};
    apus_tensor *x = leaf(1, 2), *y[3];
    size_t count = 3;

    destroyed = 0;
    CHECK_INT(apus_custom_apply(&function, &payload_value, destroy, &x, 1, y,
                                &count),
              APUS_OK);
    CHECK_INT(count, 3);
    CHECK(apus_requires_grad(y[1]) && !apus_requires_grad(y[2]));
    CHECK_INT(apus_backward(apus_sum(y[0])), APUS_OK);
    SHOWS(apus_grad(x), "tensor([2., 2.])");

    apus_node *node = apus_grad_fn(y[0]);
    apus_context *context = apus_node_context(node);
    CHECK(apus_context_user(context) == &user_value);
    CHECK(!apus_node_context(apus_grad_fn(apus_exp(x))));
    CHECK_INT(destroyed, 0);
    apus_context_release(context);
    apus_node_release(node);
    for (int i = 0; i < 3; i++) apus_release(y[i]);
    /* An old handle of the context may lie on the stack for a while. */
    for (int i = 0; i < 10 && destroyed < 11; i++) {
        apply(&simple, x);
        scrub_stack();
        apus_collect();
    }
    CHECK_INT(destroyed, 11);
}

static apus_status saves_and_returns(void *payload, apus_context *context,
                                     apus_tensor *const *inputs, size_t n,
                                     apus_tensor **outputs, size_t *count)
{
    (void)n;
    outputs[0] = apus_exp(inputs[0]);
    *count = 1;
    *(apus_tensor **)payload = inputs[0];
    return apus_context_save_for_backward(context, inputs, 1);
}

static apus_status reads_saved(void *payload, apus_context *context,
                               apus_tensor *const *grads, size_t count,
                               apus_tensor **results, size_t n)
{
    (void)payload;
    (void)count;
    (void)n;
    CHECK_INT(apus_context_saved_count(context), 1);
    results[0] = apus_mul(grads[0], apus_context_saved(context, 0));
    return apus_error_code();
}

TEST(a_change_of_a_saved_tensor_is_noticed)
{
    apus_custom_function function = {.struct_size = sizeof function,
                                     .name = "Exp",
                                     .forward = saves_and_returns,
                                     .backward = reads_saved};
    static apus_tensor *input;
    apus_tensor *x = apus_mul_scalar(leaf(1, 2), 1), *y = NULL;
    size_t count = 1;

    apus_custom_apply(&function, &input, NULL, &x, 1, &y, &count);
    apus_mul_scalar_(x, 2);
    FAILS(apus_backward(apus_sum(y)), APUS_ERROR_RUNTIME,
          "one of the variables needed for gradient computation has been "
          "modified by an inplace operation: [torch.FloatTensor [2]], which is "
          "output 0 of Mul, is at version 1; expected version 0 instead. Hint: "
          "enable anomaly detection to find the operation that failed to "
          "compute its gradient, with torch.autograd.set_detect_anomaly(True, "
          "check_nan=False).");
}

TEST(once_is_enough)
{
    apus_custom_function function = simple;
    apus_tensor *x = leaf(2, 3), *y, *first;
    apus_autograd_grad_options options = {.struct_size = sizeof options,
                                          .create_graph = true};

    function.once_differentiable = true;
    y = apus_pow_scalar(apply(&function, x), 2);
    y = apus_sum(y);
    CHECK_INT(apus_autograd_grad_opt(&y, 1, &x, 1, &first, &options), APUS_OK);
    first = apus_sum(first);
    FAILS(apus_backward(first), APUS_ERROR_RUNTIME,
          "trying to differentiate twice a function that was marked with "
          "@once_differentiable");
}

TEST(contexts_are_checked)
{
    apus_tensor *x = leaf(1, 2);

    FAILS(apus_context_save_for_backward(NULL, &x, 1), APUS_ERROR_NULL,
          "argument 'context' is NULL");
    FAILS(apus_context_user((apus_context *)x), APUS_ERROR_TYPE,
          "argument 'context' is a handle of another type");
}

/* ---- Checkpoints -------------------------------------------------------- */

static int runs;

static apus_status layers(void *payload, apus_tensor *const *inputs, size_t n,
                          apus_tensor **outputs, size_t *count)
{
    (void)payload;
    (void)n;
    runs++;
    outputs[0] = apus_exp(apus_mul(inputs[0], inputs[0]));
    *count = 1;
    return apus_error_code();
}

static apus_status random_layer(void *payload, apus_tensor *const *inputs,
                                size_t n, apus_tensor **outputs, size_t *count)
{
    apus_tensor *mask = apus_rand(LIST(2), APUS_FLOAT32);

    (void)n;
    runs++;
    *(apus_tensor **)payload = mask;
    outputs[0] = apus_mul(apus_mul(inputs[0], mask), inputs[0]);
    *count = 1;
    return apus_error_code();
}

TEST(a_checkpoint_computes_twice)
{
    apus_tensor *x = leaf(0.5, 1), *y = NULL;
    size_t count = 1;
    int one = 1;

    runs = destroyed = 0;
    CHECK_INT(apus_checkpoint(layers, &one, destroy, &x, 1, &y, &count, NULL),
              APUS_OK);
    CHECK_INT(runs, 1);
    CHECK_INT(destroyed, 0);
    CHECK_INT(apus_backward(apus_sum(y)), APUS_OK);
    CHECK_INT(runs, 2);
    SHOWS(apus_grad(x), "tensor([1.2840, 5.4366])");
    CHECK_INT(destroyed, 1); /* nothing is left to be computed again */
}

TEST(a_checkpoint_gets_the_same_random_numbers)
{
    static apus_tensor *mask;
    apus_tensor *x = leaf(1, 2), *y = NULL, *first;
    size_t count = 1;

    apus_manual_seed(3);
    CHECK_INT(apus_checkpoint(random_layer, &mask, NULL, &x, 1, &y, &count,
                              NULL),
              APUS_OK);
    first = mask;
    apus_rand(LIST(100), APUS_FLOAT32);
    CHECK_INT(apus_backward(apus_sum(y)), APUS_OK);
    CHECK(!apus_is_same(first, mask) && apus_equal(first, mask));

    apus_checkpoint_options options = {.struct_size = sizeof options,
                                       .preserve_rng_state = -1};
    count = 1;
    apus_checkpoint(random_layer, &mask, NULL, &x, 1, &y, &count, &options);
    first = mask;
    apus_backward(apus_sum(y));
    CHECK(!apus_equal(first, mask));
}

static apus_status differs(void *payload, apus_tensor *const *inputs, size_t n,
                           apus_tensor **outputs, size_t *count)
{
    (void)payload;
    (void)n;
    outputs[0] = runs++ ? apus_mul(inputs[0], apus_scalar_tensor(2, 0))
                        : apus_mul(inputs[0], inputs[0]);
    *count = 1;
    return apus_error_code();
}

TEST(a_checkpoint_notices_other_tensors)
{
    apus_tensor *x = leaf(1, 2), *y = NULL;
    size_t count = 1;

    runs = 0;
    apus_checkpoint(differs, NULL, NULL, &x, 1, &y, &count, NULL);
    apus_backward(apus_sum(y));
    CHECK_INT(apus_error_code(), APUS_ERROR_RUNTIME);
    CHECK(strstr(apus_error_message(),
                 "torch.utils.checkpoint: Recomputed values for the following "
                 "tensors have different metadata than during the forward "
                 "pass.") == apus_error_message() ||
          strstr(apus_error_message(),
                 "torch.utils.checkpoint: A different number of tensors was "
                 "saved during the original forward and recomputation.") ==
              apus_error_message());
    apus_error_clear();
    FAILS(apus_checkpoint(NULL, NULL, NULL, &x, 1, &y, &count, NULL),
          APUS_ERROR_NULL, "argument 'function' is NULL");
}

/* ---- Owned handles ------------------------------------------------------ */

static apus_status owned_cube(void *payload, apus_context *context,
                              apus_tensor *const *inputs, size_t n,
                              apus_tensor **outputs, size_t *count)
{
    (void)payload;
    (void)n;
    outputs[0] = apus_pow_scalar(inputs[0], 3);
    *count = 1;
    return apus_context_save_for_backward(context, inputs, 1);
}

static apus_status owned_backward(void *payload, apus_context *context,
                                  apus_tensor *const *grads, size_t count,
                                  apus_tensor **results, size_t n)
{
    apus_tensor *x = apus_context_saved(context, 0);
    apus_tensor *square = apus_mul(x, x), *three = apus_mul_scalar(square, 3);

    (void)payload;
    (void)count;
    (void)n;
    results[0] = apus_mul(grads[0], three);
    apus_release(x);
    apus_release(square);
    apus_release(three);
    return apus_error_code();
}

TEST(owned_handles_leave_nothing)
{
    apus_custom_function function = {.struct_size = sizeof function,
                                     .name = "Cube",
                                     .forward = owned_cube,
                                     .backward = owned_backward};
    apus_collect();
    apus_set_handle_mode(APUS_HANDLES_OWNED);
    int64_t before = apus_live_handles();

    for (int i = 0; i < 100; i++) {
        apus_tensor *x = leaf(1, 2), *y = NULL, *s;
        size_t count = 1;

        apus_custom_apply(&function, NULL, NULL, &x, 1, &y, &count);
        s = apus_sum(y);
        CHECK_INT(apus_backward(s), APUS_OK);
        apus_release(x);
        apus_release(y);
        apus_release(s);
    }
    CHECK_INT(apus_live_handles(), before);
    apus_set_handle_mode(APUS_HANDLES_COLLECTED);
}
