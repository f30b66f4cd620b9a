/* Complex numbers: two floats each, the real part first. */
#include "harness.h"

static const double PARTS[] = {1, 2, -3, 0.5};

static apus_tensor *numbers(void)
{
    return apus_tensor_from(PARTS, LIST(2), APUS_COMPLEX128);
}

TEST(data)
{
    apus_tensor *z = numbers();
    const double *data = apus_data(z);
    double parts[2] = {0, 0};

    CHECK(apus_dtype_of(z) == APUS_COMPLEX128);
    CHECK(data[2] == -3 && data[3] == 0.5);
    CHECK(apus_item_complex(apus_select(z, 0, 1), parts) == APUS_OK);
    CHECK(parts[0] == -3 && parts[1] == 0.5);
    CHECK(apus_item_complex(z, parts) == APUS_ERROR_RUNTIME);
    apus_error_clear();
    CHECK(apus_item_complex(apus_select(z, 0, 1), NULL) == APUS_ERROR_NULL);
    apus_error_clear();
}

TEST(scalar)
{
    const double parts_of_i[2] = {0, 1};
    double parts[2];
    apus_tensor *i = apus_tensor_from(parts_of_i, NULL, 0, APUS_COMPLEX128);
    apus_tensor *turned = apus_mul_scalar(numbers(), apus_scalar_from_tensor(i));

    CHECK(apus_item_complex(apus_select(turned, 0, 0), parts) == APUS_OK);
    CHECK(parts[0] == -2 && parts[1] == 1);
    /* A complex number makes a real tensor complex. */
    CHECK(apus_dtype_of(apus_mul_scalar(apus_arange(0, 3, 1, APUS_FLOAT32),
                                        apus_scalar_from_tensor(i))) == APUS_COMPLEX64);
    CHECK(!apus_mul_scalar(numbers(), apus_scalar_from_tensor(NULL)));
    CHECK(apus_error_code() == APUS_ERROR_NULL);
    apus_error_clear();
    /* What is not a handle is an error, not a crash. */
    CHECK(!apus_mul_scalar(numbers(), apus_scalar_from_tensor((apus_tensor *)&parts)));
    CHECK(apus_error_code() == APUS_ERROR_HANDLE);
    apus_error_clear();
}

TEST(gradient)
{
    apus_tensor *z = numbers();
    double parts[2];

    apus_requires_grad_(z, true);
    /* |z|^2, whose gradient is 2 z */
    CHECK(apus_backward(apus_sum(apus_real(apus_mul(z, apus_conj(z))))) == APUS_OK);
    CHECK(apus_item_complex(apus_select(apus_grad(z), 0, 0), parts) == APUS_OK);
    CHECK(parts[0] == 2 && parts[1] == 4);
    CHECK(apus_backward(apus_sum(z)) == APUS_ERROR_RUNTIME);
    apus_error_clear();
}
