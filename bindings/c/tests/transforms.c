/* Forward mode and transforms, against numbers worked out by hand. */
#include "harness.h"

/* ---- Functions ---------------------------------------------------------- */

/* y_i = x_i^3 */
static apus_status cubes(void *payload, apus_tensor *x, apus_tensor **y)
{
    (void)payload;
    *y = apus_pow_scalar(x, 3);
    return apus_error_code();
}

/* x_0^2 x_1 + x_1^3, with the Hessian [[2 x_1, 2 x_0], [2 x_0, 6 x_1]] */
static apus_status polynomial(void *payload, apus_tensor *x, apus_tensor **y)
{
    apus_tensor *a = apus_select(x, 0, 0), *b = apus_select(x, 0, 1);

    (void)payload;
    *y = apus_add(apus_mul(apus_mul(a, a), b), apus_pow_scalar(b, 3));
    return apus_error_code();
}

static apus_status product(void *payload, apus_tensor *const *inputs, size_t n,
                           apus_tensor **outputs, size_t *count)
{
    if (payload) ++*(int *)payload;
    outputs[0] = apus_mul(inputs[0], inputs[n - 1]);
    *count = 1;
    return apus_error_code();
}

static apus_status inner(void *payload, apus_tensor *const *inputs, size_t n,
                         apus_tensor **outputs, size_t *count)
{
    (void)payload;
    outputs[0] = apus_sum(apus_mul(inputs[0], inputs[n - 1]));
    *count = 1;
    return apus_error_code();
}

static apus_status sum_and_square(void *payload, apus_tensor *const *inputs,
                                  size_t n, apus_tensor **outputs,
                                  size_t *count)
{
    (void)payload;
    (void)n;
    outputs[0] = apus_sum(inputs[0]);
    outputs[1] = apus_mul(inputs[0], inputs[0]);
    *count = 2;
    return apus_error_code();
}

static apus_status refuses(void *payload, apus_tensor *x, apus_tensor **y)
{
    (void)payload;
    (void)x;
    (void)y;
    return apus_fail(APUS_ERROR_INDEX, "refused");
}

static apus_status nothing(void *payload, apus_tensor *x, apus_tensor **y)
{
    (void)payload;
    (void)x;
    (void)y;
    return APUS_OK;
}

/* ---- One tensor --------------------------------------------------------- */

TEST(jacobians)
{
    apus_tensor *x = FLOATS(1, 2);
    const char *expected = "tensor([[ 3.,  0.],\n        [ 0., 12.]])";

    SHOWS(apus_jacrev(cubes, NULL, x), expected);
    SHOWS(apus_jacfwd(cubes, NULL, x), expected);
    CHECK_INT(apus_level_depth(), 0);
    CHECK(!apus_requires_grad(x));
}

TEST(hessians)
{
    apus_tensor *x = FLOATS(3, 5), *v = FLOATS(1, 2);

    SHOWS(apus_hessian(polynomial, NULL, x),
          "tensor([[10.,  6.],\n        [ 6., 30.]])");
    SHOWS(apus_hvp(polynomial, NULL, x, v), "tensor([22., 66.])");
    SHOWS(apus_vhp(polynomial, NULL, x, v), "tensor([22., 66.])");
}

static apus_status jacobian_inside(void *payload, apus_tensor *x,
                                   apus_tensor **y)
{
    (void)payload;
    *y = apus_sum(apus_jacrev(cubes, NULL, x));
    return apus_error_code();
}

TEST(transforms_nest)
{
    /* The derivative of 3 x_0^2 + 3 x_1^2. */
    SHOWS(apus_jacrev(jacobian_inside, NULL, FLOATS(1, 2)),
          "tensor([ 6., 12.])");
    SHOWS(apus_jacfwd(jacobian_inside, NULL, FLOATS(1, 2)),
          "tensor([ 6., 12.])");
}

TEST(a_function_that_fails)
{
    apus_tensor *x = FLOATS(1, 2);

    FAILS(apus_jacrev(refuses, NULL, x), APUS_ERROR_INDEX, "refused");
    FAILS(apus_jacfwd(refuses, NULL, x), APUS_ERROR_INDEX, "refused");
    FAILS(apus_hessian(refuses, NULL, x), APUS_ERROR_INDEX, "refused");
    FAILS(apus_hvp(refuses, NULL, x, x), APUS_ERROR_INDEX, "refused");
    FAILS(apus_jacrev(nothing, NULL, x), APUS_ERROR_NULL,
          "argument 'y' is NULL");
    FAILS(apus_jacrev(NULL, NULL, x), APUS_ERROR_NULL,
          "argument 'function' is NULL");
    FAILS(apus_jacrev(cubes, NULL, NULL), APUS_ERROR_NULL,
          "argument 'x' is NULL");
    FAILS(apus_jacrev(cubes, NULL, apus_arange(0, 2, 1, APUS_INT64)),
          APUS_ERROR_RUNTIME,
          "only Tensors of floating point dtype can require gradients");
    FAILS(apus_hvp(polynomial, NULL, x, FLOATS(1, 2, 3)), APUS_ERROR_RUNTIME,
          "v has invalid size: should be torch.Size([2]) but got "
          "torch.Size([3]).");
    CHECK_INT(apus_level_depth(), 0);
    CHECK(apus_is_grad_enabled());
}

/* ---- Several tensors ---------------------------------------------------- */

TEST(gradients_of_a_function)
{
    apus_tensor *inputs[] = {FLOATS(1, 2), FLOATS(3, 4)}, *gradients[2], *value;

    CHECK_INT(apus_func_grad(inner, NULL, inputs, 2, NULL, 0, gradients),
              APUS_OK);
    SHOWS(gradients[0], "tensor([3., 4.])");
    CHECK_INT(apus_func_grad_and_value(inner, NULL, inputs, 2, LIST(1, 0),
                                       gradients, &value),
              APUS_OK);
    SHOWS(gradients[0], "tensor([1., 2.])");
    SHOWS(gradients[1], "tensor([3., 4.])");
    SHOWS(value, "tensor(11.)");
    FAILS(apus_func_grad(product, NULL, inputs, 2, NULL, 0, gradients),
          APUS_ERROR_RUNTIME,
          "grad_and_value(f)(*args): Expected f(*args) to return a scalar "
          "Tensor, got tensor with 1 dims. Maybe you wanted to use the vjp or "
          "jacrev APIs instead?");
    CHECK(!gradients[0]);
    FAILS(apus_func_grad(inner, NULL, inputs, 2, LIST(2), gradients),
          APUS_ERROR_RUNTIME,
          "Got argnum=2, but only 2 positional inputs");
}

TEST(products_with_the_jacobian)
{
    apus_tensor *x = FLOATS(1, 2), *outputs[2], *gradient, *tangents[2];
    apus_tensor *cotangents[] = {apus_scalar_tensor(10.0, APUS_FLOAT32),
                                 FLOATS(1, 1)};
    size_t count = 2;

    CHECK_INT(apus_vjp(sum_and_square, NULL, &x, 1, cotangents, 2, outputs,
                       &count, &gradient),
              APUS_OK);
    CHECK_INT(count, 2);
    SHOWS(outputs[0], "tensor(3.)");
    SHOWS(outputs[1], "tensor([1., 4.])");
    SHOWS(gradient, "tensor([12., 14.])");

    apus_tensor *t = FLOATS(1, 10);
    CHECK_INT(apus_jvp(sum_and_square, NULL, &x, &t, 1, outputs, tangents,
                       &count),
              APUS_OK);
    SHOWS(outputs[1], "tensor([1., 4.])");
    SHOWS(tangents[0], "tensor(11.)");
    SHOWS(tangents[1], "tensor([ 2., 40.])");
    count = 1;
    FAILS(apus_jvp(sum_and_square, NULL, &x, &t, 1, outputs, tangents, &count),
          APUS_ERROR_VALUE, "there are 2 results, and room for 1");
}

TEST(a_linear_function)
{
    apus_tensor *inputs[] = {FLOATS(1, 2), FLOATS(3, 4)}, *y, *tangent;
    apus_tensor *direction[] = {FLOATS(1, 0), FLOATS(0, 1)};
    size_t count = 1;
    int calls = 0;
    apus_pushforward *derivative =
        apus_linearize(product, &calls, inputs, 2, &y, &count);

    SHOWS(y, "tensor([3., 8.])");
    for (int i = 0; i < 3; i++)
        CHECK_INT(apus_pushforward_apply(derivative, direction, 2, &tangent,
                                         &count),
                  APUS_OK);
    SHOWS(tangent, "tensor([3., 2.])");
    CHECK_INT(calls, 1);
    CHECK_INT(apus_pushforward_release(derivative), APUS_OK);
    FAILS(apus_pushforward_apply(derivative, direction, 2, &tangent, &count),
          APUS_ERROR_HANDLE, "tensor handle was released already");
}

TEST(all_examples_at_once)
{
    apus_tensor *x = apus_reshape(apus_arange(0, 6, 1, APUS_FLOAT32),
                                  LIST(2, 3)),
                *inputs[] = {x, FLOATS(1, 10)}, *y;
    size_t count = 1;
    int calls = 0;
    apus_vmap_options options = {.struct_size = sizeof options,
                                 .in_dims = (int64_t[]){1, APUS_NO_DIM}};

    CHECK_INT(apus_vmap(inner, NULL, inputs, 2, &y, &count, &options),
              APUS_OK);
    SHOWS(y, "tensor([30., 41., 52.])");
    CHECK_INT(apus_vmap(product, &calls, inputs, 2, &y, &count, &options),
              APUS_OK);
    CHECK_INT(calls, 1);
    CHECK_INT(apus_size(y, 0), 3);
    options.out_dims = (int64_t[]){1};
    options.out_dim_count = 1;
    options.chunk_size = 2;
    CHECK_INT(apus_vmap(product, &calls, inputs, 2, &y, &count, &options),
              APUS_OK);
    CHECK_INT(calls, 3);
    SHOWS(y, "tensor([[ 0.,  1.,  2.],\n        [30., 40., 50.]])");

    options = (apus_vmap_options){.struct_size = sizeof options};
    inputs[1] = FLOATS(1, 2, 3);
    FAILS(apus_vmap(product, NULL, inputs, 2, &y, &count, &options),
          APUS_ERROR_VALUE,
          "vmap: Expected all tensors to have the same size in the mapped "
          "dimension, got sizes [2, 3] for the mapped dimension");
    options.randomness = 9;
    FAILS(apus_vmap(product, NULL, inputs, 2, &y, &count, &options),
          APUS_ERROR_VALUE,
          "Only allowed values for randomness are 'error', 'different', or "
          "'same'. Got 9");
}

static apus_status noisy(void *payload, apus_tensor *const *inputs, size_t n,
                         apus_tensor **outputs, size_t *count)
{
    (void)payload;
    (void)n;
    outputs[0] = apus_add(inputs[0], apus_rand(LIST(1), APUS_FLOAT64));
    *count = 1;
    return apus_error_code();
}

TEST(random_numbers_of_examples)
{
    apus_tensor *x = apus_zeros(LIST(2, 1), APUS_FLOAT64), *y;
    size_t count = 1;
    apus_vmap_options options = {.struct_size = sizeof options};

    FAILS(apus_vmap(noisy, NULL, &x, 1, &y, &count, &options),
          APUS_ERROR_RUNTIME,
          "vmap: called random operation while in randomness error mode. "
          "Please either use the 'same' or 'different' randomness flags on "
          "vmap or perform the randomness operation out of vmap");
    options.randomness = APUS_RANDOMNESS_SAME;
    CHECK_INT(apus_vmap(noisy, NULL, &x, 1, &y, &count, &options), APUS_OK);
    CHECK(apus_equal(apus_select(y, 0, 0), apus_select(y, 0, 1)));
    options.randomness = APUS_RANDOMNESS_DIFFERENT;
    CHECK_INT(apus_vmap(noisy, NULL, &x, 1, &y, &count, &options), APUS_OK);
    CHECK(!apus_equal(apus_select(y, 0, 0), apus_select(y, 0, 1)));
}

/* ---- Dual tensors ------------------------------------------------------- */

TEST(dual_tensors)
{
    apus_tensor *primal, *tangent;

    FAILS(apus_make_dual(FLOATS(1), FLOATS(1)), APUS_ERROR_RUNTIME,
          "Trying to create a dual Tensor for forward AD but no level exists, "
          "make sure to enter_dual_level() first.");
    CHECK_INT(apus_enter_dual_level(), APUS_OK);
    FAILS(apus_enter_dual_level(), APUS_ERROR_RUNTIME,
          "Nested forward mode AD is not supported at the moment");
    apus_tensor *x = apus_make_dual(FLOATS(1, 2), FLOATS(1, 10));
    apus_tensor *y = apus_mul(x, x);
    CHECK_INT(apus_unpack_dual(y, &primal, &tangent), APUS_OK);
    SHOWS(primal, "tensor([1., 4.])");
    SHOWS(tangent, "tensor([ 2., 40.])");
    CHECK_INT(apus_unpack_dual(FLOATS(1), NULL, &tangent), APUS_OK);
    CHECK(!tangent);
    FAILS(apus_make_dual(apus_arange(0, 2, 1, APUS_INT64), FLOATS(1, 2)),
          APUS_ERROR_VALUE,
          "Expected primal to be floating point or complex, but got: "
          "torch.int64");
    FAILS(apus_make_dual(FLOATS(1, 2), FLOATS(1, 2, 3)), APUS_ERROR_RUNTIME,
          "Trying to set a forward gradient that has a different size than "
          "that of the original Tensor, this is not supported. Tensor is of "
          "size [2] while the given forward gradient is of size [3].");
    FAILS(apus_make_dual(x, FLOATS(1, 2)), APUS_ERROR_RUNTIME,
          "Making a dual Tensor based on a Tensor that already has a forward "
          "gradient at the same level 0 is not supported.");
    CHECK_INT(apus_exit_dual_level(), APUS_OK);
    CHECK_INT(apus_unpack_dual(y, NULL, &tangent), APUS_OK);
    CHECK(!tangent);
    FAILS(apus_exit_dual_level(), APUS_ERROR_RUNTIME,
          "Trying to exit a forward AD level but no level exists, make sure to "
          "enter_dual_level() first.");
    CHECK_INT(apus_error_code(), APUS_OK);
}

/* ---- Levels ------------------------------------------------------------- */

TEST(a_gradient_in_pieces)
{
    apus_tensor *x = FLOATS(1, 2), *gradient;
    apus_level *level = apus_level_push(APUS_LEVEL_DIFFERENTIATING, 0, 0);

    CHECK_INT(apus_level_depth(), 1);
    apus_tensor *variable = apus_level_wrap(level, x, APUS_NO_DIM);
    apus_tensor *y = apus_sum(apus_pow_scalar(variable, 3));
    CHECK(apus_level_owns(level, y) && !apus_level_owns(level, x));
    CHECK_INT(apus_level_gradients(level, &y, 1, NULL, &variable, 1, false,
                                   &gradient),
              APUS_OK);
    apus_tensor *value = apus_level_unwrap(level, y, APUS_NO_DIM);
    CHECK_INT(apus_level_pop(level), APUS_OK);
    CHECK_INT(apus_level_depth(), 0);
    SHOWS(gradient, "tensor([ 3., 12.])");
    SHOWS(value, "tensor(9.)");
    FAILS(apus_level_pop(level), APUS_ERROR_RUNTIME,
          "the transform level has ended, or is another thread's");
}

TEST(a_batch_in_pieces)
{
    apus_tensor *x = apus_reshape(apus_arange(0, 6, 1, APUS_FLOAT32),
                                  LIST(2, 3));
    apus_level *level = apus_level_push(APUS_LEVEL_BATCHING, 3, 0);
    apus_tensor *example = apus_level_wrap(level, x, 1);

    CHECK_INT(apus_dim(example), 1);
    CHECK_INT(apus_size(example, 0), 2);
    apus_tensor *shared = apus_level_wrap(level, FLOATS(1, 10), APUS_NO_DIM);
    CHECK(!apus_level_owns(level, shared));
    apus_tensor *y = apus_mul(example, shared);
    FAILS(apus_item_double(apus_sum(y)), APUS_ERROR_RUNTIME,
          "vmap: It looks like you're calling .item() on a Tensor. We don't "
          "support vmap over calling .item() on a Tensor, please try to "
          "rewrite what you're doing with other operations. If error is "
          "occurring somewhere inside PyTorch internals, please file a bug "
          "report.");
    FAILS(apus_level_unwrap(level, y, APUS_NO_DIM), APUS_ERROR_VALUE,
          "vmap(f, ...): `f` can not return a BatchedTensor when out_dim is "
          "None");
    apus_tensor *last = apus_level_unwrap(level, y, -1);
    apus_tensor *repeated = apus_level_unwrap(level, shared, 0);
    FAILS(apus_level_wrap(level, x, 0), APUS_ERROR_VALUE,
          "vmap: Expected all tensors to have the same size in the mapped "
          "dimension, got sizes [3, 2] for the mapped dimension");
    CHECK_INT(apus_level_pop(level), APUS_OK);
    SHOWS(last, "tensor([[ 0.,  1.,  2.],\n        [30., 40., 50.]])");
    SHOWS(repeated, "tensor([[ 1., 10.],\n        [ 1., 10.],\n        [ 1., "
                    "10.]])");
}

TEST(a_tangent_in_pieces)
{
    apus_level *level = apus_level_push(APUS_LEVEL_DIFFERENTIATING, 0, 0);
    apus_tensor *x = apus_level_dual(level, FLOATS(1, 2), FLOATS(1, 10));
    apus_tensor *t = apus_level_tangent(level, apus_mul(x, x));

    CHECK(!apus_level_tangent(level, FLOATS(1)));
    CHECK_INT(apus_level_pop(level), APUS_OK);
    SHOWS(t, "tensor([ 2., 40.])");
    CHECK_INT(apus_level_release(level), APUS_OK);
    FAILS(apus_level_pop(level), APUS_ERROR_HANDLE,
          "tensor handle was released already");
}

TEST(levels_end_from_the_inside)
{
    apus_level *outer = apus_level_push(APUS_LEVEL_DIFFERENTIATING, 0, 0);

    apus_level_push(APUS_LEVEL_BATCHING, 2, APUS_RANDOMNESS_SAME);
    CHECK_INT(apus_level_depth(), 2);
    CHECK_INT(apus_level_pop(outer), APUS_OK);
    CHECK_INT(apus_level_depth(), 0);
    FAILS(apus_level_push(5, 0, 0), APUS_ERROR_VALUE,
          "unknown kind of level 5");
    FAILS(apus_level_push(APUS_LEVEL_BATCHING, -1, 0), APUS_ERROR_VALUE,
          "the batch size must not be negative, got -1");
    FAILS(apus_level_push(APUS_LEVEL_BATCHING, 1, 3), APUS_ERROR_VALUE,
          "Only allowed values for randomness are 'error', 'different', or "
          "'same'. Got 3");
    CHECK_INT(apus_level_depth(), 0);
}

/* ---- Owned handles ------------------------------------------------------ */

static apus_status owned_cubes(void *payload, apus_tensor *x, apus_tensor **y)
{
    (void)payload;
    *y = apus_pow_scalar(x, 3);
    return apus_error_code();
}

TEST(owned_handles_leave_nothing)
{
    apus_collect();
    apus_set_handle_mode(APUS_HANDLES_OWNED);
    int64_t before = apus_live_handles();

    for (int i = 0; i < 50; i++) {
        apus_tensor *x = FLOATS(1, 2);

        apus_release(apus_jacrev(owned_cubes, NULL, x));
        apus_release(apus_jacfwd(owned_cubes, NULL, x));
        apus_jacrev(refuses, NULL, x);
        apus_error_clear();
        apus_level *level = apus_level_push(APUS_LEVEL_BATCHING, 2, 0);
        apus_tensor *one = apus_level_wrap(level, x, 0);
        apus_release(apus_level_unwrap(level, one, 0));
        apus_level_pop(level);
        apus_level_release(level);
        apus_release(one);
        apus_release(x);
    }
    CHECK_INT(apus_live_handles(), before);
    apus_set_handle_mode(APUS_HANDLES_COLLECTED);
}
