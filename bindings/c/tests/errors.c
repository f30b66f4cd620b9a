/* What a caller can get wrong: each an error with PyTorch's message where it
 * has one, the first of a thread stays, and the process lives. */
#include "harness.h"

#include <pthread.h>

#define MAX INT64_MAX
#define MIN INT64_MIN

static apus_tensor *vector(void)
{
    return apus_arange(0, 3, 1, APUS_FLOAT32);
}

static apus_tensor *matrix(void)
{
    return apus_reshape(apus_arange(0, 6, 1, APUS_FLOAT32), LIST(2, 3));
}

static apus_tensor *integers(void)
{
    return apus_arange(0, 3, 1, APUS_INT64);
}

static apus_tensor *leaf(void)
{
    apus_tensor *x = vector();

    apus_requires_grad_(x, true);
    return x;
}

/* ---- The rules ---------------------------------------------------------- */

TEST(there_is_no_error_at_first)
{
    CHECK_INT(apus_error_code(), APUS_OK);
    CHECK_TEXT(apus_error_message(), "");
    apus_error_clear();
    CHECK_INT(apus_error_code(), APUS_OK);
}

TEST(the_first_error_stays)
{
    CHECK(apus_select(vector(), 0, 5) == NULL);
    CHECK_INT(apus_error_code(), APUS_ERROR_INDEX);
    CHECK(apus_mm(vector(), vector()) == NULL);
    CHECK(apus_backward(NULL) != APUS_OK);
    CHECK_INT(apus_error_code(), APUS_ERROR_INDEX);
    CHECK_TEXT(apus_error_message(), "select(): index 5 out of range for "
                                     "tensor of size [3] at dimension 0");
    apus_error_clear();
    CHECK_TEXT(apus_error_message(), "");
}

TEST(an_error_does_not_stop_other_calls)
{
    CHECK(apus_select(vector(), 0, 5) == NULL);
    SHOWS(apus_sum(vector()), "tensor(3.)");
    CHECK_INT(apus_error_code(), APUS_ERROR_INDEX);
    apus_error_clear();
}

TEST(an_expression_needs_one_check)
{
    apus_tensor *wrong = apus_add(vector(), apus_mm(matrix(), matrix()));

    CHECK(apus_mean(apus_mul(wrong, wrong)) == NULL);
    CHECK(apus_backward(apus_sum(wrong)) != APUS_OK);
    CHECK_TEXT(apus_error_message(), "mm: mat1 and mat2 shapes cannot be "
                                     "multiplied (2x3 and 2x3)");
    apus_error_clear();
}

TEST(null_is_an_error_of_its_own)
{
    apus_tensor *x = vector();
    const char *self = "argument 'self' is NULL";
    const char *other = "argument 'other' is NULL";

    FAILS(apus_sum(NULL), APUS_ERROR_NULL, self);
    FAILS(apus_add(x, NULL), APUS_ERROR_NULL, other);
    FAILS(apus_add(NULL, x), APUS_ERROR_NULL, self);
    FAILS(apus_add_(NULL, x), APUS_ERROR_NULL, self);
    FAILS(apus_backward(NULL), APUS_ERROR_NULL, "argument 'tensor' is NULL");
    FAILS(apus_zeros(NULL, 2, APUS_FLOAT32), APUS_ERROR_NULL,
          "argument 'size' is NULL");
    FAILS(apus_max_dim(NULL, 0, false, NULL, NULL), APUS_ERROR_NULL, self);
    FAILS(apus_shape(x, NULL), APUS_ERROR_NULL, "argument 'out' is NULL");
    FAILS(apus_retain(NULL), APUS_ERROR_NULL, "argument 'tensor' is NULL");
}

TEST(null_gives_harmless_answers)
{
    apus_tensor *x = vector();
    int64_t sizes[1] = {77};
    char text[8] = "?";

    CHECK_INT(apus_numel(NULL), -1);
    CHECK_INT(apus_dim(NULL), -1);
    CHECK_INT(apus_size(NULL, 0), -1);
    CHECK_INT(apus_dtype_of(NULL), 0);
    CHECK_INT(apus_storage_offset(NULL), -1);
    CHECK_INT(apus_version_of(NULL), -1);
    CHECK(apus_shape(NULL, sizes) != APUS_OK && sizes[0] == 77);
    CHECK(apus_strides(NULL, sizes) != APUS_OK && sizes[0] == 77);
    CHECK(!apus_is_contiguous(NULL) && !apus_is_leaf(NULL));
    CHECK(!apus_requires_grad(NULL) && !apus_retains_grad(NULL));
    CHECK(!apus_is_view(NULL) && !apus_base(NULL) && !apus_grad(NULL));
    CHECK(!apus_data(NULL) && !apus_detach(NULL) && !apus_to_string(NULL));
    CHECK(apus_item_double(NULL) == 0 && apus_item_int64(NULL) == 0);
    CHECK(!apus_item_bool(NULL) && !apus_equal(x, NULL));
    CHECK(!apus_is_same(NULL, x));
    CHECK_INT(apus_format(NULL, text, sizeof text), 0);
    CHECK_INT(apus_format_item(NULL, text, sizeof text), 0);
    CHECK_INT(apus_grad_fn_name(NULL, text, sizeof text), 0);
    CHECK(apus_set_grad(NULL, NULL) != APUS_OK);
    CHECK(apus_requires_grad_(NULL, true) != APUS_OK);
    CHECK(apus_retain_grad(NULL) != APUS_OK);
    CHECK(apus_gradcheck(NULL, NULL, NULL, 0, NULL) != APUS_OK);
    CHECK(apus_gradgradcheck(NULL, NULL, &x, 1, NULL) != APUS_OK);
    CHECK(apus_autograd_grad(NULL, 1, &x, 1, &x) != APUS_OK);
    CHECK(apus_backward_opt(NULL, 1, NULL, NULL) != APUS_OK);
    CHECK(apus_generator_release(NULL) == APUS_OK);
    CHECK_TEXT(apus_error_message(), "argument 'self' is NULL");
    apus_error_clear();
}

static void *another_thread(void *unused)
{
    bool *clean = unused;

    *clean = apus_error_code() == APUS_OK && apus_error_message()[0] == '\0';
    apus_sum(NULL);
    *clean = *clean && apus_error_code() == APUS_ERROR_NULL;
    return NULL;
}

TEST(each_thread_has_its_own_error)
{
    pthread_t thread;
    bool clean = false;

    CHECK(apus_select(vector(), 0, 5) == NULL);
    pthread_create(&thread, NULL, another_thread, &clean);
    pthread_join(thread, NULL);
    CHECK(clean);
    CHECK_INT(apus_error_code(), APUS_ERROR_INDEX);
    apus_error_clear();
}

TEST(the_message_stays_valid_until_it_is_cleared)
{
    CHECK(apus_select(vector(), 0, 5) == NULL);
    const char *message = apus_error_message();

    for (int i = 0; i < 1000; i++) apus_sum(NULL);
    apus_collect();
    CHECK(message == apus_error_message());
    CHECK_TEXT(message, "select(): index 5 out of range for tensor of size "
                        "[3] at dimension 0");
    apus_error_clear();
}

/* ---- Handles ------------------------------------------------------------ */

TEST(what_is_no_handle_is_refused)
{
    static const char text[64] = "not a tensor";
    const char stack[64] = {0};
    void *memory = malloc(64), *collected = apus_alloc(64);
    const char *no_handle =
        "expected a tensor, but got a pointer that is not a tensor handle";
    char *handle = (char *)vector();

    FAILS(apus_sum((apus_tensor *)(uintptr_t)text), APUS_ERROR_HANDLE,
          no_handle);
    FAILS(apus_sum((apus_tensor *)(uintptr_t)stack), APUS_ERROR_HANDLE,
          no_handle);
    FAILS(apus_sum(memory), APUS_ERROR_HANDLE, no_handle);
    FAILS(apus_sum(collected), APUS_ERROR_HANDLE, no_handle);
    FAILS(apus_sum((apus_tensor *)(uintptr_t)1), APUS_ERROR_HANDLE, no_handle);
    FAILS(apus_sum((apus_tensor *)(uintptr_t)-16), APUS_ERROR_HANDLE,
          no_handle);
    FAILS(apus_sum((apus_tensor *)(void *)(handle + 1)), APUS_ERROR_HANDLE,
          no_handle);
    FAILS(apus_release(memory), APUS_ERROR_HANDLE, no_handle);
    FAILS(apus_retain(memory), APUS_ERROR_HANDLE, no_handle);
    free(memory);
}

TEST(generators_and_tensors_are_told_apart)
{
    apus_generator *generator = apus_generator_new(1);
    apus_rand_options options = {sizeof options,
                                 (apus_generator *)(void *)vector()};

    FAILS(apus_sum((apus_tensor *)(void *)generator), APUS_ERROR_TYPE,
          "argument 'self' is a handle of another type");
    FAILS(apus_rand_opt(LIST(2), APUS_FLOAT32, &options), APUS_ERROR_TYPE,
          "argument 'generator' is a handle of another type");
}

/* ---- Shapes and sizes --------------------------------------------------- */

TEST(shapes_that_do_not_match)
{
    apus_tensor *v = vector(), *m = matrix();
    apus_tensor *batch = apus_ones(LIST(2, 3, 4), APUS_FLOAT32);

    FAILS(apus_add(m, apus_ones(LIST(2, 4), APUS_FLOAT32)), APUS_ERROR_RUNTIME,
          "The size of tensor a (3) must match the size of tensor b (4) at "
          "non-singleton dimension 1");
    FAILS(apus_mm(m, m), APUS_ERROR_RUNTIME,
          "mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)");
    FAILS(apus_dot(v, apus_ones(LIST(4), APUS_FLOAT32)), APUS_ERROR_RUNTIME,
          "inconsistent tensor size, expected tensor [3] and src [4] to have "
          "the same number of elements, but got 3 and 4 elements respectively");
    FAILS(apus_dot(m, m), APUS_ERROR_RUNTIME,
          "1D tensors expected, but got 2D and 2D tensors");
    FAILS(apus_bmm(batch, batch), APUS_ERROR_RUNTIME,
          "Expected size for first two dimensions of batch2 tensor to be: "
          "[2, 4] but got: [2, 3].");
    FAILS(apus_view(m, LIST(4)), APUS_ERROR_RUNTIME,
          "shape '[4]' is invalid for input of size 6");
    FAILS(apus_view(apus_t(m), LIST(6)), APUS_ERROR_RUNTIME,
          "view size is not compatible with input tensor's size and stride "
          "(at least one dimension spans across two contiguous subspaces). "
          "Use .reshape(...) instead.");
    FAILS(apus_reshape(m, LIST(-1, -1)), APUS_ERROR_RUNTIME,
          "only one dimension can be inferred");
    FAILS(apus_expand(m, LIST(4, 3)), APUS_ERROR_RUNTIME,
          "The expanded size of the tensor (4) must match the existing size "
          "(2) at non-singleton dimension 0.  Target sizes: [4, 3].  Tensor "
          "sizes: [2, 3]");
    FAILS(apus_cat(NULL, 0, 0), APUS_ERROR_VALUE,
          "torch.cat(): expected a non-empty list of Tensors");
    FAILS(apus_stack((apus_tensor *[]){v, m}, 2, 0), APUS_ERROR_RUNTIME,
          "stack expects each tensor to be equal size, but got [3] at entry 0 "
          "and [2, 3] at entry 1");
    FAILS(apus_item_double(v), APUS_ERROR_RUNTIME,
          "a Tensor with 3 elements cannot be converted to Scalar");
}

TEST(dimensions_and_indices_out_of_range)
{
    apus_tensor *v = vector(), *m = matrix();
    const char *range = "Dimension out of range (expected to be in range of "
                        "[-2, 1], but got 2)";

    FAILS(apus_sum_dim(m, LIST(2), false), APUS_ERROR_INDEX, range);
    FAILS(apus_transpose(m, 0, 2), APUS_ERROR_INDEX, range);
    FAILS(apus_softmax(m, 2), APUS_ERROR_INDEX, range);
    FAILS(apus_size(v, 3), APUS_ERROR_INDEX,
          "Dimension out of range (expected to be in range of [-1, 0], but "
          "got 3)");
    FAILS(apus_sum_dim(m, LIST(0, 0), false), APUS_ERROR_RUNTIME,
          "dim 0 appears multiple times in the list of dims");
    FAILS(apus_select(m, 0, 5), APUS_ERROR_INDEX,
          "select(): index 5 out of range for tensor of size [2, 3] at "
          "dimension 0");
    FAILS(apus_select(apus_sum(v), 0, 0), APUS_ERROR_INDEX,
          "select() cannot be applied to a 0-dim tensor.");
    FAILS(apus_narrow(v, 0, 2, 5), APUS_ERROR_RUNTIME,
          "start (2) + length (5) exceeds dimension size (3).");
    FAILS(apus_slice(v, 0, NULL, NULL, 0), APUS_ERROR_RUNTIME,
          "slice step must be positive");
    FAILS(apus_flatten(m, 1, 0), APUS_ERROR_RUNTIME,
          "flatten() has invalid args: start_dim cannot come after end_dim");
    FAILS(apus_as_strided(v, LIST(4), LIST(1), NULL), APUS_ERROR_RUNTIME,
          "setStorage: sizes [4], strides [1], storage offset 0, and itemsize "
          "4 requiring a storage size of 16 are out of bounds for storage of "
          "size 12");
    FAILS(apus_max(apus_zeros(LIST(0), APUS_FLOAT32)), APUS_ERROR_RUNTIME,
          "max(): Expected reduction dim to be specified for input.numel() == "
          "0. Specify the reduction dim with the 'dim' argument.");
}

TEST(sizes_that_no_memory_has)
{
    const char *negative =
        "Trying to create tensor with negative dimension -1: [2, -1]";

    FAILS(apus_empty(LIST(2, -1), APUS_FLOAT32), APUS_ERROR_RUNTIME, negative);
    FAILS(apus_zeros(LIST(MAX), APUS_FLOAT32), APUS_ERROR_RUNTIME,
          "Storage size calculation overflowed with "
          "sizes=[9223372036854775807]");
    FAILS(apus_zeros(LIST(INT64_C(1) << 40, INT64_C(1) << 40), APUS_FLOAT32),
          APUS_ERROR_RUNTIME,
          "Storage size calculation overflowed with sizes=[1099511627776, "
          "1099511627776]");
    FAILS(apus_zeros(LIST(INT64_C(1) << 50), APUS_FLOAT32), APUS_ERROR_MEMORY,
          "DefaultCPUAllocator: can't allocate memory: you tried to allocate "
          "4503599627370496 bytes. Error code 12 (Cannot allocate memory)");
    CHECK(apus_zeros(LIST(MIN), APUS_FLOAT32) == NULL);
    CHECK(apus_full(((const int64_t[]){MAX, MAX}), 2, 1, 0) == NULL);
    CHECK(apus_eye(MAX, 0) == NULL);
    CHECK(apus_eye_m(MAX, MAX, 0) == NULL);
    CHECK(apus_linspace(0, 1, MAX, 0) == NULL);
    CHECK(apus_arange(0, MAX, 1, 0) == NULL);
    CHECK(apus_arange(MIN, MAX, 1, 0) == NULL);
    CHECK(apus_arange(0.0, 1e300, 1e-300, 0) == NULL);
    CHECK(apus_randperm(MAX, 0) == NULL);
    CHECK(apus_repeat(vector(), LIST(MAX)) == NULL);
    CHECK(apus_alloc(SIZE_MAX) == NULL);
    CHECK(apus_zeros(LIST(0, MAX, MAX), APUS_FLOAT32) == NULL ||
          apus_error_code() != APUS_OK);
    apus_error_clear();
    SHOWS(apus_sum(vector()), "tensor(3.)");
}

TEST(lists_of_impossible_length)
{
    const int64_t one = 1;
    apus_tensor *x = vector();

    FAILS(apus_zeros(&one, SIZE_MAX, APUS_FLOAT32), APUS_ERROR_VALUE,
          "argument 'size' has a huge count");
    FAILS(apus_cat(&x, SIZE_MAX, 0), APUS_ERROR_VALUE,
          "argument 'tensors' has a huge count");
    FAILS(apus_tensor_from(&one, &one, SIZE_MAX / 2, APUS_INT64),
          APUS_ERROR_VALUE, "argument 'shape' has a huge count");
}

TEST(ranges_that_do_not_exist)
{
    FAILS(apus_arange(0, 4, 0, 0), APUS_ERROR_RUNTIME, "step must be nonzero");
    FAILS(apus_arange(0, 4, -1, 0), APUS_ERROR_RUNTIME,
          "upper bound and lower bound inconsistent with step sign");
    FAILS(apus_randint(5, 5, LIST(2), 0), APUS_ERROR_RUNTIME,
          "random_ expects 'from' to be less than 'to', but got from=5 >= "
          "to=5");
    FAILS(apus_eye(-1, 0), APUS_ERROR_RUNTIME,
          "n must be greater or equal to 0, got -1");
}

/* ---- Dtypes ------------------------------------------------------------- */

TEST(dtypes_that_do_not_fit)
{
    apus_tensor *v = vector(), *i = integers(), *m = matrix();
    apus_tensor *flags = apus_ones(LIST(2), APUS_BOOL);

    FAILS(apus_mm(m, apus_t(apus_to(m, APUS_FLOAT64, false))),
          APUS_ERROR_RUNTIME,
          "expected m1 and m2 to have the same dtype, but got: float != "
          "double");
    FAILS(apus_dot(v, i), APUS_ERROR_RUNTIME,
          "dot : expected both vectors to have same dtype, but found Float and "
          "Long");
    FAILS(apus_mean(i), APUS_ERROR_NOT_IMPLEMENTED,
          "mean(): could not infer output dtype. Input dtype must be either a "
          "floating point or complex dtype. Got: Long");
    FAILS(apus_softmax(i, 0), APUS_ERROR_NOT_IMPLEMENTED,
          "\"softmax_lastdim_kernel_impl\" not implemented for 'Long'");
    FAILS(apus_sub(flags, flags), APUS_ERROR_NOT_IMPLEMENTED,
          "Subtraction, the `-` operator, with two bool tensors is not "
          "supported. Use the `^` or `logical_xor()` operator instead.");
    FAILS(apus_masked_fill(v, v, 0), APUS_ERROR_RUNTIME,
          "masked_fill_ only supports boolean masks, but got mask with dtype "
          "float");
    FAILS(apus_where(v, v, v), APUS_ERROR_RUNTIME,
          "where expected condition to be a boolean tensor, but got a tensor "
          "with dtype Float");
    FAILS(apus_add_(i, v), APUS_ERROR_RUNTIME,
          "result type Float can't be cast to the desired output type Long");
    FAILS(apus_full(((const int64_t[]){2}), 1, 300, APUS_UINT8),
          APUS_ERROR_RUNTIME,
          "value cannot be converted to type uint8_t without overflow");
    FAILS(apus_rand(LIST(2), APUS_INT64), APUS_ERROR_NOT_IMPLEMENTED,
          "\"check_uniform_bounds\" not implemented for 'Long'");
    FAILS(apus_pow_scalar(i, -1), APUS_ERROR_RUNTIME,
          "Integers to negative integer powers are not allowed.");
    FAILS(apus_floor_divide_scalar(i, 0), APUS_ERROR_RUNTIME,
          "ZeroDivisionError");
}

TEST(numbers_that_are_no_dtype)
{
    FAILS(apus_zeros(LIST(2), 99), APUS_ERROR_TYPE, "unknown dtype 99");
    FAILS(apus_zeros(LIST(2), -1), APUS_ERROR_TYPE, "unknown dtype -1");
    FAILS(apus_to(vector(), 11, false), APUS_ERROR_TYPE, "unknown dtype 11");
    FAILS(apus_to(vector(), 0, false), APUS_ERROR_TYPE,
          "argument 'dtype' must be a dtype");
    FAILS(apus_tensor_from("x", LIST(1), 0), APUS_ERROR_TYPE,
          "argument 'dtype' must be a dtype");
}

TEST(numbers_of_an_unknown_kind)
{
    apus_scalar odd = {42, 0, {0}};

    FAILS(apus_mul_scalar(vector(), odd), APUS_ERROR_VALUE,
          "argument 'other' is a number of unknown kind 42");
    FAILS(apus_mul_scalar(vector(), APUS_NONE), APUS_ERROR_NULL,
          "argument 'other' is NULL");
    FAILS(apus_clamp(vector(), APUS_NONE, odd), APUS_ERROR_VALUE,
          "argument 'max' is a number of unknown kind 42");
}

TEST(texts_that_mean_nothing)
{
    apus_tensor *v = vector();
    apus_div_options up = {sizeof up, "up"}, binary = {sizeof binary, "\xff\n"};

    FAILS(apus_div_opt(v, v, &up), APUS_ERROR_RUNTIME,
          "div expected rounding_mode to be one of None, 'trunc', or 'floor' "
          "but found 'up'");
    CHECK(apus_div_opt(v, v, &binary) == NULL);
    CHECK(strchr(apus_error_message(), '\n') == NULL);
    apus_error_clear();
    FAILS(apus_mse_loss(v, v, NULL), APUS_ERROR_NULL,
          "argument 'reduction' is NULL");
}

/* ---- Changing in place -------------------------------------------------- */

TEST(what_can_not_be_changed_in_place)
{
    apus_tensor *x = leaf(), *one = apus_ones(LIST(1), APUS_FLOAT32);
    apus_tensor *four = apus_arange(0, 4, 1, APUS_FLOAT32);

    FAILS(apus_add_scalar_(x, 1), APUS_ERROR_RUNTIME,
          "a leaf Variable that requires grad is being used in an in-place "
          "operation.");
    FAILS(apus_add_scalar_(apus_select(x, 0, 0), 1), APUS_ERROR_RUNTIME,
          "a view of a leaf Variable that requires grad is being used in an "
          "in-place operation.");
    FAILS(apus_add_(one, vector()), APUS_ERROR_RUNTIME,
          "output with shape [1] doesn't match the broadcast shape [3]");
    FAILS(apus_add_scalar_(apus_expand(one, LIST(3)), 1), APUS_ERROR_RUNTIME,
          "unsupported operation: more than one element of the written-to "
          "tensor refers to a single memory location. Please clone() the "
          "tensor before performing the operation.");
    FAILS(apus_copy_(apus_narrow(four, 0, 1, 3), apus_narrow(four, 0, 0, 3)),
          APUS_ERROR_RUNTIME,
          "unsupported operation: some elements of the input tensor and the "
          "written-to tensor refer to a single memory location. Please "
          "clone() the tensor before performing the operation.");
    SHOWS(x, "tensor([0., 1., 2.], requires_grad=True)");
    SHOWS(four, "tensor([0., 1., 2., 3.])");
}

/* ---- Gradients ---------------------------------------------------------- */

TEST(backward_passes_that_can_not_run)
{
    apus_tensor *x = leaf(), *square = apus_sum(apus_mul(x, x));

    FAILS(apus_backward(apus_sum(vector())), APUS_ERROR_RUNTIME,
          "element 0 of tensors does not require grad and does not have a "
          "grad_fn");
    FAILS(apus_backward(apus_mul_scalar(x, 2)), APUS_ERROR_RUNTIME,
          "grad can be implicitly created only for scalar outputs");
    CHECK_INT(apus_backward(square), APUS_OK);
    FAILS(apus_backward(square), APUS_ERROR_RUNTIME,
          "Trying to backward through the graph a second time (or directly "
          "access saved tensors after they have already been freed). Saved "
          "intermediate values of the graph are freed when you call "
          ".backward() or autograd.grad(). Specify retain_graph=True if you "
          "need to backward through the graph a second time or if you need to "
          "access saved tensors after calling backward.");
    FAILS(apus_requires_grad_(integers(), true), APUS_ERROR_RUNTIME,
          "only Tensors of floating point dtype can require gradients");
    FAILS(apus_set_grad(x, apus_ones(LIST(2), APUS_FLOAT32)),
          APUS_ERROR_RUNTIME,
          "attempting to assign a gradient of size '[2]' to a tensor of size "
          "'[3]'. Please ensure that the gradient and the tensor are the same "
          "size");
    FAILS(apus_retain_grad(vector()), APUS_ERROR_RUNTIME,
          "can't retain_grad on Tensor that has requires_grad=False");
}
