/* The calls that every program makes compile as they are written, and give
 * PyTorch's results; numbers keep their kind. */
#include "harness.h"

TEST(calls_work_as_written)
{
    apus_tensor *x = apus_arange(0, 6, 1, APUS_FLOAT32),
                *z = apus_zeros((const int64_t[]){2, 3}, 2, APUS_FLOAT32);

    CHECK_INT(apus_requires_grad_(x, true), APUS_OK);
    SHOWS(apus_sum(x), "tensor(15., grad_fn=<SumBackward0>)");
    SHOWS(apus_sum_dim(z, (const int64_t[]){0}, 1, false),
          "tensor([0., 0., 0.])");
    SHOWS(apus_reshape(x, (const int64_t[]){2, 3}, 2),
          "tensor([[0., 1., 2.],\n"
          "        [3., 4., 5.]], grad_fn=<ViewBackward0>)");
    SHOWS(apus_mul_scalar(x, 2),
          "tensor([ 0.,  2.,  4.,  6.,  8., 10.], grad_fn=<MulBackward0>)");
    SHOWS(apus_add(x, x),
          "tensor([ 0.,  2.,  4.,  6.,  8., 10.], grad_fn=<AddBackward0>)");
    SHOWS(apus_eq(x, x), "tensor([True, True, True, True, True, True])");
    CHECK(apus_zero_(z) == z);
    SHOWS(apus_softmax(z, 1), "tensor([[0.3333, 0.3333, 0.3333],\n"
                              "        [0.3333, 0.3333, 0.3333]])");
    FAILS(apus_matmul(z, x), APUS_ERROR_RUNTIME,
          "size mismatch, got input (2), mat (2x3), vec (6)");

    CHECK_INT(apus_backward(apus_sum(x)), APUS_OK);
    apus_tensor *g = apus_grad(x);
    SHOWS(g, "tensor([1., 1., 1., 1., 1., 1.])");

    double v = apus_item_double(apus_sum(x));
    const float *p = apus_data(x);
    int64_t n = apus_numel(x);
    CHECK(v == 15 && p[5] == 5 && n == 6);

    CHECK_INT(apus_error_code(), APUS_OK);
    CHECK_TEXT(apus_error_message(), "");
    CHECK_INT(apus_retain(x), APUS_OK);
    CHECK_INT(apus_release(x), APUS_OK);
    apus_collect();
    SHOWS(x, "tensor([0., 1., 2., 3., 4., 5.], requires_grad=True)");
    apus_error_clear();
}

TEST(there_is_no_gradient_before_a_backward_pass)
{
    apus_tensor *x = apus_ones(LIST(2), APUS_FLOAT32);

    CHECK(apus_grad(x) == NULL);
    CHECK_INT(apus_error_code(), APUS_OK);
}

TEST(the_version_is_that_of_the_header)
{
    char version[32];

    snprintf(version, sizeof version, "%d.%d.%d", APUS_VERSION_MAJOR,
             APUS_VERSION_MINOR, APUS_VERSION_PATCH);
    CHECK_TEXT(apus_version(), version);
    CHECK(strstr(apus_build_info(), version) != NULL);
    CHECK(strstr(apus_build_info(), "matrix products of float32: ") != NULL);
}

/* ---- Numbers ------------------------------------------------------------ */

TEST(a_number_keeps_its_kind)
{
    apus_tensor *x = apus_arange(0, 3, 1, APUS_DEFAULT_DTYPE);
    const float third = 1.0f / 3;
    const int64_t big = INT64_C(1) << 40;
    const unsigned char small = 200;

    CHECK_INT(apus_dtype_of(x), APUS_INT64);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, 2)), APUS_INT64);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, 2.0)), APUS_FLOAT32);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, third)), APUS_FLOAT32);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, 'a')), APUS_INT64);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, 2u)), APUS_INT64);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, small)), APUS_INT64);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, 2LL)), APUS_INT64);
    CHECK_INT(apus_dtype_of(apus_add_scalar(x, (_Bool)1)), APUS_INT64);
    SHOWS(apus_add_scalar(x, big),
          "tensor([1099511627776, 1099511627777, 1099511627778])");
    SHOWS(apus_mul_scalar(x, -7), "tensor([  0,  -7, -14])");
    SHOWS(apus_mul_scalar(x, 1.5), "tensor([0.0000, 1.5000, 3.0000])");
}

TEST(a_number_may_be_an_apus_scalar)
{
    apus_scalar half = apus_scalar_from_double(0.5);
    apus_tensor *flags =
        apus_full((const int64_t[]){2}, 1, apus_scalar_from_bool(true),
                  APUS_DEFAULT_DTYPE);

    SHOWS(flags, "tensor([True, True])");
    SHOWS(apus_mul_scalar(apus_ones(LIST(2), APUS_FLOAT32), half),
          "tensor([0.5000, 0.5000])");
    SHOWS(apus_add_scalar(flags, APUS_SCALAR(1)), "tensor([2, 2])");
}

TEST(a_bool_tensor_is_promoted_by_the_kind)
{
    apus_tensor *flag = apus_scalar_tensor(apus_scalar_from_bool(true), 0);

    SHOWS(flag, "tensor(True)");
    SHOWS(apus_add_scalar(flag, apus_scalar_from_bool(true)), "tensor(True)");
    SHOWS(apus_add_scalar(flag, 1), "tensor(2)");
    SHOWS(apus_add_scalar(flag, 1.0), "tensor(2.)");
}

TEST(scalar_tensors_take_the_dtype_of_their_number)
{
    SHOWS(apus_scalar_tensor(3, 0), "tensor(3)");
    SHOWS(apus_scalar_tensor(3.5, 0), "tensor(3.5000)");
    SHOWS(apus_scalar_tensor(3, APUS_FLOAT64),
          "tensor(3., dtype=torch.float64)");
    SHOWS(apus_scalar_tensor(3.7, APUS_UINT8), "tensor(3, dtype=torch.uint8)");
}

TEST(a_list_may_be_written_before_a_number)
{
    SHOWS(apus_full((const int64_t[]){2, 2}, 2, 7, APUS_INT32),
          "tensor([[7, 7],\n        [7, 7]], dtype=torch.int32)");
    SHOWS(apus_full(((const int64_t[]){1, 1, 1}), 3, 0.5, APUS_DEFAULT_DTYPE),
          "tensor([[[0.5000]]])");
    SHOWS(apus_full(NULL, 0, 2, APUS_FLOAT32), "tensor(2.)");
}

TEST(an_optional_number_may_be_missing)
{
    apus_tensor *x = apus_arange(-2, 3, 1, APUS_FLOAT32);

    SHOWS(apus_clamp(x, -1, 1), "tensor([-1., -1.,  0.,  1.,  1.])");
    SHOWS(apus_clamp(x, 0, APUS_NONE), "tensor([0., 0., 0., 1., 2.])");
    SHOWS(apus_clamp(x, APUS_NONE, 0.5),
          "tensor([-2.0000, -1.0000,  0.0000,  0.5000,  0.5000])");
}

TEST(a_number_may_stand_before_a_tensor)
{
    apus_tensor *x = apus_arange(0, 4, 1, APUS_DEFAULT_DTYPE);

    SHOWS(apus_pow_base(2, x), "tensor([1, 2, 4, 8])");
    SHOWS(apus_pow_base(0.5, x), "tensor([1.0000, 0.5000, 0.2500, 0.1250])");
    SHOWS(apus_rsub_scalar(x, 10), "tensor([10,  9,  8,  7])");
}

/* ---- What Python would name --------------------------------------------- */

TEST(options_that_are_zero_mean_the_default)
{
    apus_tensor *x = FLOATS(1, 2);
    apus_add_options add = {sizeof add, APUS_NONE};
    apus_sum_options sum = {sizeof sum, 0};

    SHOWS(apus_add_opt(x, x, NULL), "tensor([2., 4.])");
    SHOWS(apus_add_opt(x, x, &add), "tensor([2., 4.])");
    add.alpha = APUS_SCALAR(10);
    SHOWS(apus_add_opt(x, x, &add), "tensor([11., 22.])");
    SHOWS(apus_sum_opt(x, &sum), "tensor(3.)");
    sum.dtype = APUS_FLOAT64;
    SHOWS(apus_sum_opt(x, &sum), "tensor(3., dtype=torch.float64)");
    CHECK(apus_sub_opt_(x, x, &(apus_sub_options){
                                  sizeof(apus_sub_options),
                                  APUS_SCALAR(0.5)}) == x);
    SHOWS(x, "tensor([0.5000, 1.0000])");
}

TEST(options_of_another_version_are_understood)
{
    apus_tensor *x = FLOATS(1, 2);
    struct {
        apus_add_options known;
        char later[64];
    } newer;
    size_t older = sizeof older;

    memset(&newer, 0xff, sizeof newer);
    newer.known = (apus_add_options){sizeof newer, APUS_SCALAR(2)};
    SHOWS(apus_add_opt(x, x, &newer.known), "tensor([3., 6.])");
    SHOWS(apus_add_opt(x, x, (const apus_add_options *)(const void *)&older),
          "tensor([2., 4.])");
}

TEST(options_without_a_size_are_refused)
{
    apus_tensor *x = FLOATS(1, 2);

    FAILS(apus_add_opt(x, x, &(apus_add_options){0, APUS_SCALAR(2)}),
          APUS_ERROR_VALUE,
          "the options' struct_size is 0, not the size of the struct");
}

/* ---- Several results ---------------------------------------------------- */

TEST(several_results_are_written)
{
    apus_tensor *x = apus_tensor_from((const float[]){3, 1, 2, 5, 4, 6},
                                      (const int64_t[]){2, 3}, 2,
                                      APUS_FLOAT32);
    apus_tensor *values = NULL, *indices = NULL;

    CHECK_INT(apus_max_dim(x, 1, false, &values, &indices), APUS_OK);
    SHOWS(values, "tensor([3., 6.])");
    SHOWS(indices, "tensor([0, 2])");
    CHECK_INT(apus_max_dim(x, 0, true, NULL, &indices), APUS_OK);
    SHOWS(indices, "tensor([[1, 1, 1]])");
    CHECK_INT(apus_min_dim(x, 1, false, NULL, NULL), APUS_OK);
}

TEST(a_list_of_results_says_how_many_there_are)
{
    apus_tensor *x = apus_arange(0, 5, 1, APUS_FLOAT32), *parts[3] = {NULL};
    size_t count = 0;

    CHECK_INT(apus_split(x, 2, 0, NULL, &count), APUS_OK);
    CHECK_INT(count, 3);
    CHECK_INT(apus_split(x, 2, 0, parts, &count), APUS_OK);
    SHOWS(parts[2], "tensor([4.])");

    count = 2;
    parts[0] = NULL;
    FAILS(apus_split(x, 2, 0, parts, &count), APUS_ERROR_VALUE,
          "there are 3 results, and room for 2");
    CHECK_INT(count, 3);
    CHECK(parts[0] == NULL);
    FAILS(apus_split(x, 2, 0, parts, NULL), APUS_ERROR_NULL,
          "argument 'count' is NULL");
}

TEST(lists_of_tensors_are_a_pointer_and_a_count)
{
    apus_tensor *x = FLOATS(1, 2), *y = FLOATS(3);

    SHOWS(apus_cat((apus_tensor *[]){x, y, x}, 3, 0),
          "tensor([1., 2., 3., 1., 2.])");
    SHOWS(apus_stack((apus_tensor *[]){x, x}, 2, 1),
          "tensor([[1., 1.],\n        [2., 2.]])");
}

TEST(optional_integers_are_pointers)
{
    apus_tensor *x = apus_arange(0, 6, 1, APUS_DEFAULT_DTYPE);
    const int64_t start = 1, end = -1, dim = 0;

    SHOWS(apus_slice(x, 0, &start, &end, 2), "tensor([1, 3])");
    SHOWS(apus_slice(x, 0, NULL, &end, 1), "tensor([0, 1, 2, 3, 4])");
    SHOWS(apus_argmax(x, NULL, false), "tensor(5)");
    SHOWS(apus_argmax(x, &dim, true), "tensor([5])");
}
