/* Handles that their owner releases: every one is counted, none is collected,
 * and use after the release is an error. One thread, so that a memory checker
 * can watch. */
#include "harness.h"

static const char released_message[] = "tensor handle was released already";

static int64_t handles_before, bytes_before;

__attribute__((constructor)) static void begin(void)
{
    apus_set_handle_mode(APUS_HANDLES_OWNED);
}

/* The temporaries of a test, released in one go. */
static apus_tensor *temporaries[256];
static int temporary_count;

static apus_tensor *keep(apus_tensor *tensor)
{
    temporaries[temporary_count++] = tensor;
    return tensor;
}

static void open_scope(void)
{
    handles_before = apus_live_handles();
    bytes_before = apus_live_bytes();
    temporary_count = 0;
}

static void close_scope(void)
{
    while (temporary_count > 0)
        CHECK_INT(apus_release(temporaries[--temporary_count]), APUS_OK);
    CHECK_INT(apus_live_handles(), handles_before);
    CHECK_INT(apus_live_bytes(), bytes_before);
}

TEST(every_result_needs_one_release)
{
    open_scope();
    apus_tensor *x = apus_ones(LIST(100), APUS_FLOAT32);
    apus_tensor *y = apus_add(x, x);

    CHECK_INT(apus_live_handles(), handles_before + 2);
    CHECK_INT(apus_release(x), APUS_OK);
    CHECK_INT(apus_release(y), APUS_OK);
    CHECK_INT(apus_live_handles(), handles_before);
    CHECK_INT(apus_live_bytes(), bytes_before);
}

TEST(in_place_results_are_the_argument)
{
    open_scope();
    apus_tensor *x = keep(apus_ones(LIST(3), APUS_FLOAT32));

    CHECK(apus_add_scalar_(x, 1) == x);
    CHECK(apus_mul_(x, x) == x);
    CHECK_INT(apus_live_handles(), handles_before + 1);
    close_scope();
}

TEST(failures_leave_no_handle)
{
    open_scope();
    apus_tensor *x = keep(apus_ones(LIST(2, 3), APUS_FLOAT32));
    apus_tensor *values = NULL, *indices = NULL;

    CHECK(!apus_mm(x, x));
    CHECK(!apus_add(x, NULL));
    CHECK(apus_max_dim(x, 7, false, &values, &indices) != APUS_OK);
    CHECK(!values && !indices);
    apus_error_clear();
    close_scope();
}

TEST(the_collector_leaves_owned_handles_alone)
{
    open_scope();
    apus_tensor **hidden = malloc(1000 * sizeof *hidden);

    for (int i = 0; i < 1000; i++)
        hidden[i] = apus_full(((const int64_t[]){8}), 1, i, APUS_FLOAT32);
    apus_collect();
    apus_collect();
    for (int i = 0; i < 1000; i++) {
        const float *data = apus_data(hidden[i]);

        CHECK(data && data[0] == (float)i && data[7] == (float)i);
        CHECK_INT(apus_release(hidden[i]), APUS_OK);
    }
    free(hidden);
    close_scope();
}

TEST(retain_and_release_count)
{
    open_scope();
    apus_tensor *x = apus_ones(LIST(3), APUS_FLOAT32);

    for (int i = 0; i < 10; i++) CHECK_INT(apus_retain(x), APUS_OK);
    for (int i = 0; i < 10; i++) CHECK_INT(apus_release(x), APUS_OK);
    SHOWS(x, "tensor([1., 1., 1.])");
    CHECK_INT(apus_release(x), APUS_OK);
    close_scope();
}

TEST(a_second_release_is_an_error)
{
    open_scope();
    apus_tensor *x = apus_ones(LIST(3), APUS_FLOAT32);

    apus_release(x);
    FAILS(apus_release(x), APUS_ERROR_HANDLE, released_message);
    FAILS(apus_sum(x), APUS_ERROR_HANDLE, released_message);
    FAILS(apus_retain(x), APUS_ERROR_HANDLE, released_message);
    close_scope();
}

TEST(a_released_handle_is_known_for_a_while)
{
    open_scope();
    apus_tensor *x = apus_ones(LIST(3), APUS_FLOAT32);

    apus_release(x);
    for (int i = 0; i < 1500; i++)
        apus_release(apus_ones(LIST(3), APUS_FLOAT32));
    FAILS(apus_sum(x), APUS_ERROR_HANDLE, released_message);
    close_scope();
}

TEST(graphs_are_released_with_their_handles)
{
    open_scope();
    apus_tensor *x = keep(apus_ones(LIST(50), APUS_FLOAT32));

    apus_requires_grad_(x, true);
    for (int i = 0; i < 100; i++) {
        apus_tensor *square = apus_mul(x, x), *sum = apus_sum(square);

        CHECK_INT(apus_backward(sum), APUS_OK);
        apus_release(square);
        apus_release(sum);
    }
    apus_tensor *gradient = keep(apus_grad(x));
    CHECK(((const float *)apus_data(gradient))[49] == 200);
    close_scope();
}

TEST(a_deep_graph_is_released_on_a_small_stack)
{
    open_scope();
    apus_tensor *x = keep(apus_ones(LIST(1), APUS_FLOAT32)), *y;

    apus_requires_grad_(x, true);
    y = apus_mul_scalar(x, 1);
    for (int i = 0; i < 200000; i++) {
        apus_tensor *next = apus_add_scalar(y, 1);

        apus_release(y);
        y = next;
    }
    apus_release(y);
    close_scope();
}

TEST(a_deep_graph_runs_on_a_small_stack)
{
    open_scope();
    apus_tensor *x = keep(apus_ones(LIST(1), APUS_FLOAT32)), *y;

    apus_requires_grad_(x, true);
    y = apus_mul_scalar(x, 1);
    for (int i = 0; i < 200000; i++) {
        apus_tensor *next = apus_add(y, x);

        apus_release(y);
        y = next;
    }
    CHECK_INT(apus_backward(y), APUS_OK);
    apus_release(y);
    CHECK(apus_item_double(keep(apus_grad(x))) == 200001);
    close_scope();
}

/* The gradient's graph leads back to x, which holds the gradient. */
TEST(a_gradient_with_a_graph_is_released)
{
    open_scope();
    apus_tensor *x = keep(apus_ones(LIST(3), APUS_FLOAT64));
    apus_backward_options options = {.struct_size = sizeof options,
                                     .create_graph = true};

    apus_requires_grad_(x, true);
    apus_tensor *cube = keep(apus_mul(keep(apus_mul(x, x)), x));
    apus_tensor *sum = keep(apus_sum(cube));
    CHECK_INT(apus_backward_opt(&sum, 1, NULL, &options), APUS_OK);
    CHECK(apus_requires_grad(keep(apus_grad(x))));
    close_scope();
}

static int given_back;

static void give_back(void *payload)
{
    *(int *)payload += 1;
}

TEST(borrowed_memory_is_given_back)
{
    open_scope();
    static double data[6] = {0, 1, 2, 3, 4, 5};

    for (int i = 0; i < 1000; i++) {
        apus_tensor *x =
            apus_from_blob(data, (const int64_t[]){3, 2}, NULL, 2,
                           APUS_FLOAT64, give_back, &given_back);
        apus_tensor *view = apus_t(x), *copy = apus_contiguous(view);

        apus_release(x);
        CHECK_INT(given_back, i);
        apus_release(view);
        CHECK_INT(given_back, i + 1);
        CHECK(((const double *)apus_data(copy))[3] == 1);
        apus_release(copy);
    }
    close_scope();
}

TEST(generators_are_released)
{
    open_scope();
    apus_generator *generator = apus_generator_new(1);
    apus_rand_options options = {sizeof options, generator};

    keep(apus_rand_opt(LIST(3), APUS_FLOAT32, &options));
    CHECK_INT(apus_generator_release(generator), APUS_OK);
    FAILS(apus_generator_release(generator), APUS_ERROR_HANDLE,
          released_message);
    close_scope();
}

/* What a callback gives back is the library's. */
static apus_status cube(void *payload, apus_tensor *const *inputs, size_t n,
                        apus_tensor **outputs, size_t *count)
{
    (void)payload;
    CHECK_INT(n, 1);
    outputs[0] = apus_pow_scalar(inputs[0], 3);
    *count = 1;
    return apus_error_code();
}

TEST(checking_gradients_leaves_nothing)
{
    open_scope();
    apus_tensor *x = keep(apus_rand(LIST(2, 2), APUS_FLOAT64));

    apus_requires_grad_(x, true);
    CHECK_INT(apus_gradcheck(cube, NULL, &x, 1, NULL), APUS_OK);
    CHECK_INT(apus_gradgradcheck(cube, NULL, &x, 1, NULL), APUS_OK);
    close_scope();
}

TEST(texts_are_the_collectors)
{
    open_scope();
    apus_tensor *x = keep(apus_ones(LIST(3), APUS_FLOAT32));
    const char *text = apus_to_string(x);

    apus_collect();
    CHECK_TEXT(text, "tensor([1., 1., 1.])");
    close_scope();
}
