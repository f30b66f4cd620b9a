/* The numbers that follow a seed are PyTorch's, recorded from it. */
#include "harness.h"

TEST(every_kind_of_number_after_one_seed)
{
    apus_manual_seed(42);
    CHECK(apus_initial_seed() == 42);
    SHOWS(apus_rand(LIST(5), 0),
          "tensor([0.8823, 0.9150, 0.3829, 0.9593, 0.3904])");
    SHOWS(apus_randn(LIST(5), 0),
          "tensor([ 0.3258, -0.8676,  1.5231,  0.6647, -1.0324])");
    SHOWS(apus_randn(LIST(20), 0),
          "tensor([-0.1596, -0.4974,  0.4396, -0.7581, -0.4245,  0.3057, "
          "-0.7746,  0.0349,\n"
          "         0.3211,  1.5736, -0.8455,  1.3123,  2.1228, -1.2347, "
          "-0.4879, -1.4181,\n"
          "         0.8963,  0.0499,  2.2667,  1.1790])");
    SHOWS(apus_randint(0, 100, LIST(10), 0),
          "tensor([39, 86, 99, 15, 84, 78,  8, 66, 30, 40])");
    SHOWS(apus_randperm(10, 0), "tensor([0, 1, 3, 7, 8, 6, 2, 9, 5, 4])");
    SHOWS(apus_rand(LIST(3), APUS_FLOAT64),
          "tensor([0.8490, 0.0325, 0.3092], dtype=torch.float64)");
    SHOWS(apus_randn(LIST(3), APUS_FLOAT64),
          "tensor([-0.2770, -2.1256,  0.9629], dtype=torch.float64)");
    SHOWS(apus_rand(LIST(4), APUS_FLOAT16),
          "tensor([0.7651, 0.2979, 0.8032, 0.3813], dtype=torch.float16)");
    SHOWS(apus_randn(LIST(4), APUS_BFLOAT16),
          "tensor([-0.6719,  2.7344,  0.5586, -0.8125], dtype=torch.bfloat16)");
    SHOWS(apus_randint(-(INT64_C(1) << 40), INT64_C(1) << 40, LIST(2), 0),
          "tensor([ 572123753013, -646101807357])");
}

TEST(all_digits)
{
    const float *data;

    apus_manual_seed(42);
    data = apus_data(apus_rand(LIST(3), 0));
    CHECK(data[0] == 0.88226926f && data[1] == 0.91500396f &&
          data[2] == 0.38286376f);
}

TEST(a_seed_repeats)
{
    apus_manual_seed(7);
    apus_tensor *first = apus_randn(LIST(100), 0);
    apus_manual_seed(7);
    CHECK(apus_equal(first, apus_randn(LIST(100), 0)));
    CHECK(!apus_equal(first, apus_randn(LIST(100), 0)));
}

TEST(seeds_of_64_bits)
{
    apus_manual_seed(UINT64_MAX);
    CHECK(apus_initial_seed() == UINT64_MAX);
    SHOWS(apus_rand(LIST(2), 0), "tensor([0.9938, 0.5713])");
    apus_manual_seed(0);
    SHOWS(apus_rand(LIST(2), 0), "tensor([0.4963, 0.7682])");
    SHOWS(apus_randn(LIST(2, 3), 0), "tensor([[-0.2905, -1.0704,  1.2645],\n"
                                     "        [-0.6874,  0.1604, -0.6065]])");
}

TEST(a_generator_of_ones_own)
{
    apus_generator *generator = apus_generator_new(7);
    apus_rand_options rand = {sizeof rand, generator};
    apus_randn_options randn = {sizeof randn, generator};
    apus_randint_options randint = {sizeof randint, generator};
    apus_randperm_options randperm = {sizeof randperm, generator};

    apus_manual_seed(1);
    SHOWS(apus_rand_opt(LIST(3), 0, &rand), "tensor([0.5349, 0.1988, 0.6592])");
    SHOWS(apus_narrow(apus_randn_opt(LIST(16), 0, &randn), 0, 0, 3),
          "tensor([-1.3884, -0.1670,  0.2851])");
    SHOWS(apus_randint_opt(0, 10, LIST(4), 0, &randint),
          "tensor([8, 6, 0, 5])");
    SHOWS(apus_randperm_opt(5, 0, &randperm), "tensor([1, 0, 4, 2, 3])");

    apus_tensor *undisturbed = apus_rand(LIST(3), 0);
    apus_manual_seed(1);
    CHECK(apus_equal(undisturbed, apus_rand(LIST(3), 0)));
}

TEST(a_state_to_come_back_to)
{
    apus_generator *generator = apus_generator_new(7);
    apus_randn_options randn = {sizeof randn, generator};
    apus_tensor *state, *expected;

    apus_randn_opt(LIST(3), 0, &randn);
    state = apus_generator_get_state(generator);
    CHECK(apus_numel(state) == 5056);
    expected = apus_randn_opt(LIST(5), 0, &randn);
    CHECK(apus_generator_set_state(generator, state) == APUS_OK);
    CHECK(apus_equal(apus_randn_opt(LIST(5), 0, &randn), expected));
    CHECK(apus_generator_initial_seed(generator) == 7);

    /* NULL is the default generator. */
    CHECK(apus_generator_set_state(NULL, state) == APUS_OK);
    CHECK(apus_equal(apus_randn(LIST(5), 0), expected));
    CHECK(apus_generator_manual_seed(generator, 3) == APUS_OK);
    CHECK(apus_generator_initial_seed(generator) == 3);
    CHECK(apus_generator_seed(NULL) == apus_initial_seed());
}

TEST(what_is_no_state)
{
    apus_tensor *bytes = apus_zeros(LIST(5056), APUS_UINT8);

    CHECK(apus_generator_set_state(NULL, bytes) == APUS_ERROR_RUNTIME);
    apus_error_clear();
    CHECK(apus_generator_set_state(NULL, apus_zeros(LIST(3), 0)) ==
          APUS_ERROR_TYPE);
    apus_error_clear();
    CHECK(apus_generator_set_state(NULL, NULL) == APUS_ERROR_NULL);
    apus_error_clear();
}

TEST(numbers_in_place)
{
    apus_tensor *x = apus_zeros(LIST(3), 0);

    apus_manual_seed(0);
    SHOWS((apus_uniform_(x, 0, 1), x), "tensor([0.4963, 0.7682, 0.0885])");
    apus_manual_seed(0);
    SHOWS((apus_random_to_(x, 10), x), "tensor([4., 9., 3.])");
}

TEST(numbers_like_a_tensor)
{
    apus_tensor *x = apus_zeros(LIST(2), APUS_FLOAT32);

    apus_manual_seed(3);
    SHOWS(apus_randint(0, 256, LIST(4), APUS_UINT8),
          "tensor([106, 152, 249, 131], dtype=torch.uint8)");
    SHOWS(apus_rand_like(x), "tensor([0.4716, 0.0601])");
    SHOWS(apus_randn_like(x), "tensor([0.7625, 1.4948])");
}
