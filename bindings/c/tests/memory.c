/* Programs that never free: resident memory stays below a fixed size. Each
 * test prints what it measured. */
#include "harness.h"

static double peak;

static void watch(void)
{
    double now = resident_megabytes();

    if (now > peak) peak = now;
}

static void report(const char *what, int64_t count, double since)
{
    double took = seconds() - since;

    watch();
    printf("# %s: %.2f s, %.0f ns each, at most %.1f MB resident\n", what, took,
           took / (double)count * 1e9, peak);
    peak = 0;
}

TEST(ten_million_small_operations)
{
    const int64_t count = 10000000;
    apus_tensor *x = apus_ones(LIST(4), APUS_FLOAT32), *y = x;
    double since = seconds();

    for (int64_t i = 0; i < count; i++) {
        y = apus_add(x, x);
        if (i % 65536 == 0) watch();
    }
    watch();
    CHECK(peak < 64);
    SHOWS(y, "tensor([2., 2., 2., 2.])");
    report("10 million additions of 4 numbers", count, since);
}

TEST(ten_thousand_temporaries_of_4_mb)
{
    const int64_t count = 10000;
    apus_tensor *x = apus_ones(LIST(1 << 20), APUS_FLOAT32), *y = x;
    double since = seconds();

    for (int64_t i = 0; i < count; i++) {
        y = apus_add(x, x);
        watch();
    }
    CHECK(peak < 160);
    CHECK(apus_item_double(apus_select(y, 0, (1 << 20) - 1)) == 2);
    report("10,000 sums of 4 MB", count, since);
}

TEST(temporaries_of_all_sizes)
{
    const int64_t count = 200000;
    double since = seconds();

    for (int64_t i = 0; i < count; i++) {
        int64_t size = INT64_C(1) << (i * 7 % 19);

        apus_neg(apus_empty(&size, 1, APUS_FLOAT32));
        watch();
    }
    CHECK(peak < 160);
    report("200,000 temporaries of 4 bytes to 1 MB", count, since);
}

TEST(a_million_views)
{
    const int64_t count = 1000000;
    apus_tensor *x = apus_ones(LIST(64, 64), APUS_FLOAT32);
    double since = seconds();

    for (int64_t i = 0; i < count; i++) {
        apus_t(apus_select(apus_unsqueeze(x, 0), 0, 0));
        if (i % 4096 == 0) watch();
    }
    CHECK(peak < 160);
    report("3 million views", 3 * count, since);
}

/* Gradient descent on |w x - 1|^2: a graph, a backward pass and an update. */
TEST(a_training_loop)
{
    const int64_t count = 200000;
    apus_tensor *w = apus_ones(LIST(8, 8), APUS_FLOAT32);
    apus_tensor *x = apus_full(((const int64_t[]){8}), 1, 0.1, APUS_FLOAT32);
    double since = seconds(), loss = 1;

    apus_requires_grad_(w, true);
    for (int64_t i = 0; i < count; i++) {
        apus_tensor *error = apus_sub_scalar(apus_mv(w, x), 1);
        apus_tensor *y = apus_sum(apus_mul(error, error));

        apus_backward(y);
        bool recording = apus_set_grad_enabled(false);
        apus_sub_(w, apus_mul_scalar(apus_grad(w), 0.1));
        apus_zero_(apus_grad(w));
        apus_set_grad_enabled(recording);
        if (i % 1024 == 0) watch();
        if (i == count - 1) loss = apus_item_double(y);
    }
    CHECK(peak < 160);
    CHECK(loss < 1e-6);
    report("200,000 training steps", count, since);
}

TEST(graphs_that_are_never_run)
{
    const int64_t count = 1000000;
    apus_tensor *x = apus_ones(LIST(16), APUS_FLOAT32);
    double since = seconds();

    apus_requires_grad_(x, true);
    for (int64_t i = 0; i < count; i++) {
        apus_sum(apus_mul(apus_exp(x), x));
        if (i % 4096 == 0) watch();
    }
    CHECK(peak < 160);
    report("1 million graphs of 3 nodes", count, since);
}

TEST(texts_and_memory)
{
    const int64_t count = 100000;
    apus_tensor *x = apus_ones(LIST(4), APUS_FLOAT32);
    double since = seconds();

    for (int64_t i = 0; i < count; i++) {
        apus_to_string(x);
        apus_alloc(1000);
        if (i % 1024 == 0) watch();
    }
    CHECK(peak < 160);
    report("100,000 texts and blocks of 1 KB", count, since);
}

TEST(errors_cost_no_memory)
{
    const int64_t count = 300000;
    apus_tensor *x = apus_ones(LIST(4), APUS_FLOAT32);
    double since = seconds();

    for (int64_t i = 0; i < count; i++) {
        apus_sum(apus_mm(x, x));
        apus_error_clear();
        if (i % 1024 == 0) watch();
    }
    CHECK(peak < 160);
    report("300,000 errors", count, since);
}
