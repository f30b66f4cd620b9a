/* Numbers in and out: copied or borrowed, with shapes and strides. */
#include "harness.h"

#include <math.h>

static const float six[] = {0, 1, 2, 3, 4, 5};
static const int64_t two_by_three[] = {2, 3};

static int given_back;

static void give_back(void *payload)
{
    *(int *)payload += 1;
}

TEST(data_is_copied)
{
    float data[] = {0, 1, 2, 3, 4, 5};
    apus_tensor *x = apus_tensor_from(data, two_by_three, 2, APUS_FLOAT32);

    data[0] = 99;
    SHOWS(x, "tensor([[0., 1., 2.],\n        [3., 4., 5.]])");
}

TEST(every_dtype_comes_in)
{
    const uint16_t half = 0x3e00, brain = 0x3fc0; /* 1.5 */

    SHOWS(apus_tensor_from((const bool[]){true, false}, LIST(2), APUS_BOOL),
          "tensor([ True, False])");
    SHOWS(apus_tensor_from((const uint8_t[]){255}, LIST(1), APUS_UINT8),
          "tensor([255], dtype=torch.uint8)");
    SHOWS(apus_tensor_from((const int8_t[]){-128}, LIST(1), APUS_INT8),
          "tensor([-128], dtype=torch.int8)");
    SHOWS(apus_tensor_from((const int16_t[]){-300}, LIST(1), APUS_INT16),
          "tensor([-300], dtype=torch.int16)");
    SHOWS(apus_tensor_from((const int32_t[]){70000}, LIST(1), APUS_INT32),
          "tensor([70000], dtype=torch.int32)");
    SHOWS(apus_tensor_from((const int64_t[]){INT64_MIN}, LIST(1), APUS_INT64),
          "tensor([-9223372036854775808])");
    SHOWS(apus_tensor_from(&half, LIST(1), APUS_FLOAT16),
          "tensor([1.5000], dtype=torch.float16)");
    SHOWS(apus_tensor_from(&brain, LIST(1), APUS_BFLOAT16),
          "tensor([1.5000], dtype=torch.bfloat16)");
    SHOWS(apus_tensor_from((const double[]){-0.25}, LIST(1), APUS_FLOAT64),
          "tensor([-0.2500], dtype=torch.float64)");
}

TEST(nothing_and_one_number_come_in)
{
    SHOWS(apus_tensor_from(&six[3], NULL, 0, APUS_FLOAT32), "tensor(3.)");
    SHOWS(apus_tensor_from(NULL, LIST(0), APUS_FLOAT32), "tensor([])");
    SHOWS(apus_tensor_from(NULL, (const int64_t[]){2, 0}, 2, APUS_INT64),
          "tensor([], size=(2, 0), dtype=torch.int64)");
    FAILS(apus_tensor_from(NULL, LIST(2), APUS_FLOAT32), APUS_ERROR_NULL,
          "argument 'data' is NULL");
}

TEST(shapes_come_out)
{
    apus_tensor *x = apus_zeros(LIST(2, 3, 4), APUS_FLOAT64);
    int64_t shape[3], strides[3];

    CHECK_INT(apus_dim(x), 3);
    CHECK_INT(apus_numel(x), 24);
    CHECK_INT(apus_size(x, 1), 3);
    CHECK_INT(apus_size(x, -1), 4);
    CHECK_INT(apus_dtype_of(x), APUS_FLOAT64);
    CHECK_INT(apus_shape(x, shape), APUS_OK);
    CHECK_INT(apus_strides(x, strides), APUS_OK);
    CHECK(shape[0] == 2 && shape[1] == 3 && shape[2] == 4);
    CHECK(strides[0] == 12 && strides[1] == 4 && strides[2] == 1);
    CHECK(apus_is_contiguous(x));

    apus_tensor *view = apus_transpose(apus_narrow(x, 0, 1, 1), 1, 2);
    CHECK_INT(apus_strides(view, strides), APUS_OK);
    CHECK(strides[0] == 12 && strides[1] == 1 && strides[2] == 4);
    CHECK_INT(apus_storage_offset(view), 12);
    CHECK(!apus_is_contiguous(view));
    CHECK((char *)apus_data(view) - (char *)apus_data(x) == 12 * 8);
}

TEST(a_number_has_no_shape_to_write)
{
    apus_tensor *x = apus_scalar_tensor(1, 0);

    CHECK_INT(apus_dim(x), 0);
    CHECK_INT(apus_numel(x), 1);
    CHECK_INT(apus_shape(x, NULL), APUS_OK);
    CHECK_INT(apus_strides(x, NULL), APUS_OK);
    FAILS(apus_size(x, 0), APUS_ERROR_INDEX,
          "Dimension specified as 0 but tensor has no dimensions");
}

TEST(elements_are_where_strides_say)
{
    apus_tensor *x = apus_t(apus_tensor_from(six, two_by_three, 2,
                                             APUS_FLOAT32));
    const float *data = apus_data(x);
    int64_t strides[2];

    apus_strides(x, strides);
    for (int64_t i = 0; i < 3; i++) {
        for (int64_t k = 0; k < 2; k++)
            CHECK(data[i * strides[0] + k * strides[1]] == (float)(3 * k + i));
    }
}

/* ---- Borrowed memory ---------------------------------------------------- */

TEST(memory_is_borrowed)
{
    static float data[] = {0, 1, 2, 3, 4, 5};
    apus_tensor *x =
        apus_from_blob(data, two_by_three, NULL, 2, APUS_FLOAT32, NULL, NULL);

    CHECK(apus_data(x) == data);
    data[5] = 50;
    SHOWS(x, "tensor([[ 0.,  1.,  2.],\n        [ 3.,  4., 50.]])");
    apus_mul_scalar_(x, 2);
    CHECK(data[1] == 2 && data[5] == 100);
}

TEST(borrowed_memory_may_have_strides)
{
    static int32_t data[] = {0, 1, 2, 3, 4, 5, 6, 7};
    const int64_t every_other[] = {4, 2}, transposed[] = {1, 4};
    const int64_t square[] = {2, 2}, four_by_two[] = {4, 2};
    const int64_t repeated[] = {0, 1};

    SHOWS(apus_from_blob(data, square, every_other, 2, APUS_INT32, NULL, NULL),
          "tensor([[0, 2],\n        [4, 6]], dtype=torch.int32)");
    SHOWS(apus_from_blob(data, four_by_two, transposed, 2, APUS_INT32, NULL,
                         NULL),
          "tensor([[0, 4],\n        [1, 5],\n        [2, 6],\n        [3, 7]], "
          "dtype=torch.int32)");
    SHOWS(apus_from_blob(data, square, repeated, 2, APUS_INT32, NULL, NULL),
          "tensor([[0, 1],\n        [0, 1]], dtype=torch.int32)");
}

TEST(borrowed_memory_is_checked)
{
    static float data[6];
    const int64_t negative[] = {-1, 1}, huge[] = {INT64_MAX, 1};
    const int64_t shape[] = {2, 3}, wrong[] = {2, -3}, vast[] = {INT64_MAX, 3};

    given_back = 0;
    CHECK(!apus_from_blob(data, shape, negative, 2, APUS_FLOAT32, give_back,
                          &given_back));
    CHECK(!apus_from_blob(data, shape, huge, 2, APUS_FLOAT32, give_back,
                          &given_back));
    CHECK(!apus_from_blob(data, wrong, NULL, 2, APUS_FLOAT32, give_back,
                          &given_back));
    CHECK(!apus_from_blob(data, vast, NULL, 2, APUS_FLOAT32, give_back,
                          &given_back));
    CHECK_INT(given_back, 4);
    apus_error_clear();
    SHOWS(apus_from_blob(NULL, (const int64_t[]){0}, NULL, 1, APUS_FLOAT32,
                         NULL, NULL),
          "tensor([])");
}

TEST(gradients_flow_into_borrowed_memory)
{
    static double data[] = {1, 2, 3};
    apus_tensor *x = apus_from_blob(data, (const int64_t[]){3}, NULL, 1,
                                    APUS_FLOAT64, NULL, NULL);

    apus_requires_grad_(x, true);
    apus_backward(apus_sum(apus_pow_scalar(x, 3)));
    SHOWS(apus_grad(x), "tensor([ 3., 12., 27.], dtype=torch.float64)");
}

/* ---- Single numbers ----------------------------------------------------- */

TEST(items)
{
    CHECK(apus_item_double(apus_scalar_tensor(0.1, APUS_FLOAT64)) == 0.1);
    CHECK(apus_item_double(apus_scalar_tensor(0.1, APUS_FLOAT32)) == 0.1f);
    CHECK_INT(apus_item_int64(apus_scalar_tensor(INT64_MIN, 0)), INT64_MIN);
    CHECK_INT(apus_item_int64(apus_scalar_tensor(-2.9, 0)), -2);
    CHECK(apus_item_double(apus_ones(LIST(1, 1), APUS_FLOAT32)) == 1);
    CHECK(apus_item_bool(apus_scalar_tensor(0.5, 0)));
    CHECK(!apus_item_bool(apus_scalar_tensor(0, 0)));
    CHECK(apus_item_bool(apus_scalar_tensor(NAN, 0)));
    CHECK(isnan(apus_item_double(apus_scalar_tensor(NAN, 0))));
}

TEST(items_that_int64_can_not_hold)
{
    /* Some number and no trap. */
    apus_item_int64(apus_scalar_tensor(1e300, APUS_FLOAT64));
    apus_item_int64(apus_scalar_tensor(-INFINITY, APUS_FLOAT32));
    apus_item_int64(apus_scalar_tensor(NAN, APUS_FLOAT32));
    apus_item_bool(apus_scalar_tensor(1e300, APUS_FLOAT64));
    apus_error_clear();
    FAILS(apus_item_int64(apus_zeros(LIST(0), 0)), APUS_ERROR_RUNTIME,
          "a Tensor with 0 elements cannot be converted to Scalar");
}

TEST(equality)
{
    apus_tensor *x = apus_arange(0, 3, 1, APUS_FLOAT32);

    CHECK(apus_equal(x, apus_clone(x)));
    CHECK(!apus_equal(x, apus_add_scalar(x, 1)));
    CHECK(!apus_equal(x, apus_unsqueeze(x, 0)));
    CHECK(apus_is_same(x, x));
    CHECK(!apus_is_same(x, apus_clone(x)));
    CHECK(!apus_equal(apus_scalar_tensor(NAN, 0), apus_scalar_tensor(NAN, 0)));
}
