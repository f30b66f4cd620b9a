/* Any thread may call: threads that come and go, handles that pass from one to
 * another while a third collects, and what belongs to each thread alone. */
#include "harness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

enum { THREADS = 8 };

static void start_all(pthread_t *threads, int count, void *(*run)(void *))
{
    for (int i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, run, (void *)(intptr_t)i);
}

static void join_all(pthread_t *threads, int count)
{
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

/* Faults seen by threads that can't call FAIL themselves. */
static atomic_int faults;

#define EXPECT(condition)                                                      \
    do {                                                                       \
        if (!(condition)) faults++;                                            \
    } while (0)

/* ---- Creating, passing on, releasing ------------------------------------ */

enum { SLOTS = 64, ROUNDS = 20000 };

/* In malloc's memory, where the collector does not look. */
static _Atomic(apus_tensor *) *slots;
static atomic_bool stop;

/* Puts a new tensor into a slot and releases the one that was there: most
 * often another thread made it. */
static void *pass_on(void *argument)
{
    uint32_t random = (uint32_t)(intptr_t)argument * 2654435761u + 1;

    for (int i = 0; i < ROUNDS; i++) {
        int64_t size = 1 + (random >> 8) % 300;
        random = random * 1664525u + 1013904223u;

        apus_tensor *x =
            apus_full(((const int64_t[]){size}), 1, size, APUS_FLOAT32);
        apus_tensor *y = apus_add(x, x);
        EXPECT(apus_release(x) == APUS_OK);

        apus_tensor *old = atomic_exchange(&slots[random >> 26], y);
        if (!old) continue;
        int64_t old_size = apus_numel(old);
        const float *data = apus_data(old);
        EXPECT(data && data[0] == 2.0f * (float)old_size);
        EXPECT(data && data[old_size - 1] == 2.0f * (float)old_size);
        EXPECT(apus_release(old) == APUS_OK);
    }
    EXPECT(apus_error_code() == APUS_OK);
    return NULL;
}

static void *collect_all_the_time(void *collections)
{
    while (!stop) {
        apus_collect();
        ++*(int *)collections;
    }
    return NULL;
}

TEST(owned_handles_pass_between_threads)
{
    pthread_t threads[THREADS], collector;
    int collections = 0;
    int64_t handles, bytes;
    double since = seconds();

    apus_set_handle_mode(APUS_HANDLES_OWNED);
    handles = apus_live_handles();
    bytes = apus_live_bytes();
    slots = calloc(SLOTS, sizeof *slots);
    faults = 0;
    stop = false;
    pthread_create(&collector, NULL, collect_all_the_time, &collections);
    start_all(threads, THREADS, pass_on);
    join_all(threads, THREADS);
    stop = true;
    pthread_join(collector, NULL);

    for (int i = 0; i < SLOTS; i++) {
        if (slots[i]) CHECK_INT(apus_release(slots[i]), APUS_OK);
    }
    CHECK_INT(faults, 0);
    CHECK_INT(apus_live_handles(), handles);
    CHECK_INT(apus_live_bytes(), bytes);
    free(slots);
    apus_set_handle_mode(APUS_HANDLES_COLLECTED);
    printf("# %d tensors passed on by %d threads during %d collections: "
           "%.2f s\n", THREADS * ROUNDS, THREADS, collections,
           seconds() - since);
}

/* The same without a release: slots that the collector sees. */
static _Atomic(apus_tensor *) seen[SLOTS];

static void *pass_on_collected(void *argument)
{
    uint32_t random = (uint32_t)(intptr_t)argument * 2654435761u + 1;

    for (int i = 0; i < ROUNDS; i++) {
        int64_t size = 1 + (random >> 8) % 300;
        random = random * 1664525u + 1013904223u;

        apus_tensor *x =
            apus_full(((const int64_t[]){size}), 1, size, APUS_FLOAT32);
        apus_tensor *old =
            atomic_exchange(&seen[random >> 26], apus_add(x, x));
        if (!old) continue;
        apus_tensor *sum = apus_sum(old);
        EXPECT(apus_item_double(sum) ==
               2.0 * (double)apus_numel(old) * (double)apus_numel(old));
    }
    EXPECT(apus_error_code() == APUS_OK);
    return NULL;
}

TEST(collected_handles_pass_between_threads)
{
    pthread_t threads[THREADS], collector;
    int collections = 0;
    double since = seconds();

    faults = 0;
    stop = false;
    pthread_create(&collector, NULL, collect_all_the_time, &collections);
    start_all(threads, THREADS, pass_on_collected);
    join_all(threads, THREADS);
    stop = true;
    pthread_join(collector, NULL);
    CHECK_INT(faults, 0);
    memset((void *)seen, 0, sizeof seen);
    scrub_stack();
    apus_collect();
    CHECK(apus_live_handles() < 2000);
    printf("# the same with collected handles, %d collections: %.2f s\n",
           collections, seconds() - since);
}

/* ---- Threads that come and go ------------------------------------------- */

static void *short_life(void *argument)
{
    apus_tensor *x = apus_arange(0, 100, 1, APUS_FLOAT32);

    apus_requires_grad_(x, true);
    EXPECT(apus_backward(apus_sum(apus_mul(x, x))) == APUS_OK);
    const float *data = apus_data(apus_grad(x));
    EXPECT(data && data[99] == 198);
    if ((intptr_t)argument % 3 == 0) apus_collect();
    if ((intptr_t)argument % 5 == 0) apus_sum(NULL); /* leaves an error */
    return NULL;
}

TEST(unknown_threads_come_and_go)
{
    faults = 0;
    for (int round = 0; round < 100; round++) {
        pthread_t threads[THREADS];

        start_all(threads, THREADS, short_life);
        if (round % 10 == 0) apus_collect();
        join_all(threads, THREADS);
    }
    CHECK_INT(faults, 0);
}

static void *make_one(void *argument)
{
    (void)argument;
    return apus_arange(0, 5, 1, APUS_FLOAT32);
}

TEST(a_handle_outlives_its_thread)
{
    static void *x;
    pthread_t thread;

    apus_set_handle_mode(APUS_HANDLES_OWNED);
    pthread_create(&thread, NULL, make_one, NULL);
    pthread_join(thread, &x);
    apus_set_handle_mode(APUS_HANDLES_COLLECTED);
    apus_collect();
    SHOWS(x, "tensor([0., 1., 2., 3., 4.])");
    CHECK_INT(apus_release(x), APUS_OK);
}

/* ---- What belongs to a thread ------------------------------------------- */

static void *look_at_mode(void *argument)
{
    bool *recorded = argument;
    apus_tensor *x = apus_ones(LIST(2), APUS_FLOAT32);

    apus_requires_grad_(x, true);
    *recorded = apus_is_grad_enabled() && apus_requires_grad(apus_neg(x));
    apus_set_grad_enabled(false);
    *recorded = *recorded && !apus_requires_grad(apus_neg(x));
    return NULL;
}

TEST(grad_mode_belongs_to_the_thread)
{
    pthread_t thread;
    bool recorded = false;

    CHECK(apus_set_grad_enabled(false));
    pthread_create(&thread, NULL, look_at_mode, &recorded);
    pthread_join(thread, NULL);
    CHECK(recorded);
    CHECK(!apus_is_grad_enabled());
    CHECK(!apus_set_grad_enabled(true));
    CHECK(apus_is_grad_enabled());
}

static void *make_errors(void *argument)
{
    int64_t number = (intptr_t)argument;
    apus_tensor *x = apus_ones(LIST(3), APUS_FLOAT32);
    char message[96];

    snprintf(message, sizeof message,
             "select(): index %d out of range for tensor of size [3] at "
             "dimension 0", (int)number + 10);
    for (int i = 0; i < 2000; i++) {
        apus_select(x, 0, number + 10);
        apus_sum(NULL);
        EXPECT(strcmp(apus_error_message(), message) == 0);
        apus_error_clear();
        EXPECT(apus_error_code() == APUS_OK);
    }
    return NULL;
}

TEST(errors_belong_to_the_thread)
{
    pthread_t threads[THREADS];

    faults = 0;
    start_all(threads, THREADS, make_errors);
    join_all(threads, THREADS);
    CHECK_INT(faults, 0);
}

/* ---- Sharing ------------------------------------------------------------ */

static apus_tensor *leaf, *factor;

static void *add_gradients(void *argument)
{
    (void)argument;
    for (int i = 0; i < 1000; i++)
        EXPECT(apus_backward(apus_sum(apus_mul(leaf, factor))) == APUS_OK);
    return NULL;
}

TEST(backward_passes_into_one_leaf_add_up_exactly)
{
    pthread_t threads[THREADS];

    faults = 0;
    leaf = apus_zeros(LIST(100), APUS_FLOAT64);
    factor = apus_arange(0, 100, 1, APUS_FLOAT64);
    apus_requires_grad_(leaf, true);
    start_all(threads, THREADS, add_gradients);
    join_all(threads, THREADS);
    CHECK_INT(faults, 0);
    CHECK(apus_equal(apus_grad(leaf),
                     apus_mul_scalar(factor, THREADS * 1000)));
}

static void *read_shared(void *argument)
{
    (void)argument;
    for (int i = 0; i < 3000; i++) {
        apus_tensor *y = apus_sum(apus_mul(apus_reshape(leaf, LIST(10, 10)),
                                           apus_reshape(factor, LIST(10, 10))));
        EXPECT(apus_item_double(y) == 0);
    }
    return NULL;
}

TEST(threads_read_one_tensor)
{
    pthread_t threads[THREADS];

    faults = 0;
    start_all(threads, THREADS, read_shared);
    join_all(threads, THREADS);
    CHECK_INT(faults, 0);
}

static void *draw(void *argument)
{
    (void)argument;
    for (int i = 0; i < 2000; i++) {
        const float *data = apus_data(apus_rand(LIST(20), APUS_FLOAT32));

        for (int k = 0; k < 20; k++) EXPECT(data[k] >= 0 && data[k] < 1);
    }
    return NULL;
}

TEST(threads_draw_from_one_generator)
{
    pthread_t threads[THREADS];

    faults = 0;
    start_all(threads, THREADS, draw);
    join_all(threads, THREADS);
    CHECK_INT(faults, 0);
}

/* ---- fork --------------------------------------------------------------- */

static void *compute_all_the_time(void *argument)
{
    (void)argument;
    while (!stop) apus_sum(apus_ones(LIST(1000), APUS_FLOAT32));
    return NULL;
}

/* The exit status of a child that runs `work`; -1 when a signal ended it. */
static int in_child(void (*work)(void))
{
    int status = 0;

    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        work();
        _exit(9);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void only_exit(void) { exit(7); }
static void only_leave(void) { _exit(8); }

static void compute_and_exit(void)
{
    apus_tensor *x = apus_arange(0, 4, 1, APUS_FLOAT32);

    apus_requires_grad_(x, true);
    apus_backward(apus_sum(apus_mul(x, x)));
    apus_collect();
    exit(apus_item_double(apus_sum(apus_grad(x))) == 12 ? 7 : 1);
}

TEST(a_child_may_exit)
{
    pthread_t threads[3];
    apus_tensor *x = apus_arange(0, 4, 1, APUS_FLOAT32);

    stop = false;
    start_all(threads, 3, compute_all_the_time);
    for (int i = 0; i < 20; i++) {
        CHECK_INT(in_child(only_exit), 7);
        CHECK_INT(in_child(only_leave), 8);
    }
    stop = true;
    join_all(threads, 3);
    apus_collect();
    SHOWS(x, "tensor([0., 1., 2., 3.])");
}

TEST(a_child_may_go_on)
{
    for (int i = 0; i < 20; i++) CHECK_INT(in_child(compute_and_exit), 7);
}

/* ---- The pool ----------------------------------------------------------- */

/* A product large enough to be divided; its sum is exact. */
static double product_of_ones(void)
{
    apus_tensor *x = apus_ones(LIST(300, 200), APUS_FLOAT32);

    return apus_item_double(apus_sum(apus_mm(apus_t(x), x)));
}

enum { PRODUCT = 300 * 200 * 200 };

TEST(the_number_of_threads)
{
    int before = apus_get_num_threads();

    CHECK(before >= 1);
    CHECK_INT(apus_set_num_threads(3), APUS_OK);
    CHECK_INT(apus_get_num_threads(), 3);
    CHECK_INT(apus_set_num_threads(0), APUS_ERROR_RUNTIME);
    CHECK_TEXT(apus_error_message(),
               "set_num_threads expects a positive integer");
    apus_error_clear();
    CHECK_INT(apus_get_num_threads(), 3);
    CHECK(strstr(apus_build_info(), "threads: 3") != NULL);
    CHECK(product_of_ones() == PRODUCT);
    apus_set_num_threads(before);
}

static void *multiply(void *argument)
{
    (void)argument;
    for (int i = 0; i < 100; i++) EXPECT(product_of_ones() == PRODUCT);
    EXPECT(apus_error_code() == APUS_OK);
    return NULL;
}

/* One caller has the pool, the others do their products alone, while a thread
 * stops all but the workers to collect. */
TEST(many_threads_divide_their_work)
{
    pthread_t threads[THREADS], collector;
    int before = apus_get_num_threads(), collections = 0;

    faults = 0;
    stop = false;
    apus_set_num_threads(4);
    pthread_create(&collector, NULL, collect_all_the_time, &collections);
    start_all(threads, THREADS, multiply);
    join_all(threads, THREADS);
    stop = true;
    pthread_join(collector, NULL);
    apus_set_num_threads(before);
    CHECK_INT(faults, 0);
}

static void multiply_and_exit(void)
{
    _exit(product_of_ones() == PRODUCT && apus_get_num_threads() == 4 ? 7 : 1);
}

TEST(a_child_has_workers_of_its_own)
{
    pthread_t threads[2];
    int before = apus_get_num_threads();

    faults = 0;
    apus_set_num_threads(4);
    CHECK(product_of_ones() == PRODUCT);
    for (int i = 0; i < 10; i++) CHECK_INT(in_child(multiply_and_exit), 7);
    start_all(threads, 2, multiply);
    for (int i = 0; i < 10; i++) CHECK_INT(in_child(multiply_and_exit), 7);
    join_all(threads, 2);
    CHECK_INT(faults, 0);
    CHECK(product_of_ones() == PRODUCT);
    apus_set_num_threads(before);
}
