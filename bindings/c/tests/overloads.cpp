// The header in C++: numbers keep their kind by overloads, lists may be arrays.
#include "harness.h"

namespace {

const int64_t pair[] = {2};

apus_tensor *integers() { return apus_arange(0, 3, 1, APUS_DEFAULT_DTYPE); }

} // namespace

TEST(a_number_keeps_its_kind)
{
    apus_tensor *x = integers();

    CHECK_INT(apus_dtype_of(x), APUS_INT64);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, 2)), APUS_INT64);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, 2u)), APUS_INT64);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, 2L)), APUS_INT64);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, 2ULL)), APUS_INT64);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, 2.0)), APUS_FLOAT32);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, 2.0f)), APUS_FLOAT32);
    CHECK_INT(apus_dtype_of(apus_mul_scalar(x, true)), APUS_INT64);
    SHOWS(apus_mul_scalar(x, 1.5), "tensor([0.0000, 1.5000, 3.0000])");
}

TEST(true_is_a_bool)
{
    SHOWS(apus_full(pair, 1, true, APUS_DEFAULT_DTYPE), "tensor([True, True])");
    SHOWS(apus_full(pair, 1, 1, APUS_DEFAULT_DTYPE), "tensor([1, 1])");
    SHOWS(apus_scalar_tensor(true, 0), "tensor(True)");
    SHOWS(apus_scalar_tensor(2.5, 0), "tensor(2.5000)");
}

TEST(optional_numbers)
{
    apus_tensor *x = apus_arange(-2, 3, 1, APUS_FLOAT32);

    SHOWS(apus_clamp(x, 0, APUS_NONE), "tensor([0., 0., 0., 1., 2.])");
    SHOWS(apus_clamp(x, APUS_SCALAR(-1), 1.0),
          "tensor([-1., -1.,  0.,  1.,  1.])");
    SHOWS(apus_pow_base(2, integers()), "tensor([1, 2, 4])");
}

TEST(options)
{
    apus_tensor *x = apus_ones(pair, 1, APUS_FLOAT32);
    apus_add_options options = {sizeof options, 10};

    SHOWS(apus_add_opt(x, x, &options), "tensor([11., 11.])");
    options.alpha = APUS_NONE;
    SHOWS(apus_add_opt(x, x, &options), "tensor([2., 2.])");
}

TEST(gradients)
{
    apus_tensor *x = apus_arange(0, 4, 1, APUS_FLOAT32);

    CHECK_INT(apus_requires_grad_(x, true), APUS_OK);
    CHECK_INT(apus_backward(apus_mul_scalar(apus_dot(x, x), 2)), APUS_OK);
    SHOWS(apus_grad(x), "tensor([ 0.,  4.,  8., 12.])");
}
