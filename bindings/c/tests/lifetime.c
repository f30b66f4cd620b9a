/* Handles that the collector frees: found wherever it looks, kept where it
 * does not, given back once, and never used after that. */
#include "harness.h"

static const char released_message[] = "tensor handle was released already";

/* Enough garbage for every freed cell and every byte to be used again. */
__attribute__((noinline)) static void churn(void)
{
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 5000; i++) {
            apus_fill_(apus_empty(LIST(16), APUS_FLOAT32), -1);
        }
        scrub_stack();
        apus_collect();
    }
}

static apus_tensor *numbered(int64_t number)
{
    return apus_full(((const int64_t[]){16}), 1, number, APUS_FLOAT32);
}

static bool has_number(const apus_tensor *tensor, int64_t number)
{
    const float *data = apus_data(tensor);

    for (int i = 0; data && i < 16; i++) {
        if (data[i] != (float)number) return false;
    }
    return data != NULL;
}

/* ---- What the collector sees -------------------------------------------- */

static apus_tensor *global;
static apus_tensor *array_of_globals[100];

__attribute__((noinline)) static void fill_globals(void)
{
    global = numbered(1000);
    for (int i = 0; i < 100; i++) array_of_globals[i] = numbered(i);
}

TEST(globals_survive)
{
    fill_globals();
    churn();
    CHECK(has_number(global, 1000));
    for (int i = 0; i < 100; i++) CHECK(has_number(array_of_globals[i], i));
}

TEST(the_stack_survives)
{
    apus_tensor *local = numbered(7), *array[50];

    for (int i = 0; i < 50; i++) array[i] = numbered(i);
    churn();
    CHECK(has_number(local, 7));
    for (int i = 0; i < 50; i++) CHECK(has_number(array[i], i));
}

typedef struct node {
    apus_tensor *tensor;
    struct node *next;
    int64_t number;
} node;

static node *chain;

__attribute__((noinline)) static void link_nodes(int count)
{
    chain = NULL;
    for (int i = 0; i < count; i++) {
        node *new = apus_alloc(sizeof *new);

        if (!new) return;
        *new = (node){numbered(i), chain, i};
        chain = new;
    }
}

TEST(structs_of_apus_alloc_survive)
{
    int count = 0;

    link_nodes(1000);
    churn();
    for (node *each = chain; each; each = each->next, count++)
        CHECK(has_number(each->tensor, each->number));
    CHECK_INT(count, 1000);
    chain = NULL;
}

TEST(apus_alloc_gives_zeroed_memory)
{
    const char *memory = apus_alloc(1000);
    int sum = 0;

    for (int i = 0; memory && i < 1000; i++) sum += memory[i] != 0;
    CHECK(memory && sum == 0);
    CHECK(apus_alloc(0) != NULL || apus_error_code() != APUS_OK);
    apus_error_clear();
}

TEST(a_graph_keeps_what_it_needs)
{
    static apus_tensor *x, *y;

    x = apus_arange(0, 4, 1, APUS_FLOAT32);
    apus_requires_grad_(x, true);
    y = apus_sum(apus_mul(apus_exp(x), apus_mul(x, x)));
    churn();
    CHECK_INT(apus_backward(y), APUS_OK);
    churn();
    SHOWS(apus_grad(x),
          "tensor([  0.0000,   8.1548,  59.1124, 301.2831])");
}

TEST(a_view_keeps_its_base)
{
    static apus_tensor *view;

    view = apus_select(apus_ones(LIST(2, 1000), APUS_FLOAT32), 0, 1);
    churn();
    SHOWS(apus_sum(view), "tensor(1000.)");
}

TEST(elements_live_as_long_as_a_handle)
{
    static apus_tensor *x;
    x = numbered(3);
    const float *data = apus_data(x);

    churn();
    CHECK(data[0] == 3 && data[15] == 3);
    CHECK(data == apus_data(x));
}

/* ---- What it frees ------------------------------------------------------ */

TEST(garbage_is_collected)
{
    scrub_stack();
    apus_collect();
    int64_t handles = apus_live_handles(), bytes = apus_live_bytes();

    churn();
    /* Some may look alive: a stale word somewhere points to them. */
    CHECK(apus_live_handles() < handles + 100);
    CHECK(apus_live_bytes() < bytes + (1 << 20));
}

__attribute__((noinline)) static void make_cycle(void)
{
    apus_tensor *x = apus_ones(LIST(1 << 16), APUS_FLOAT64), *g = NULL;

    apus_requires_grad_(x, true);
    apus_tensor *y = apus_sum(apus_mul(apus_mul(x, x), x));

    /* The gradient has a graph that leads back to x, which holds it. */
    apus_autograd_grad_opt(
        &y, 1, &x, 1, &g,
        &(apus_autograd_grad_options){.struct_size =
                                          sizeof(apus_autograd_grad_options),
                                      .create_graph = true});
    apus_set_grad(x, g);
}

TEST(a_gradient_that_leads_back_is_collected)
{
    apus_collect();
    int64_t bytes = apus_live_bytes();

    for (int i = 0; i < 100; i++) make_cycle(); /* 100 MB */
    scrub_stack();
    apus_collect();
    CHECK(apus_live_bytes() < bytes + (20 << 20));
}

/* ---- What it does not see ----------------------------------------------- */

__attribute__((noinline)) static apus_tensor **hide(int count, bool retain)
{
    apus_tensor **hidden = malloc((size_t)count * sizeof *hidden);

    for (int i = 0; hidden && i < count; i++) {
        hidden[i] = numbered(i);
        if (retain) apus_retain(hidden[i]);
    }
    return hidden;
}

TEST(retained_handles_survive_in_malloc_memory)
{
    apus_tensor **hidden = hide(1000, true);

    scrub_stack();
    churn();
    for (int i = 0; i < 1000; i++) {
        CHECK(has_number(hidden[i], i));
        CHECK_INT(apus_release(hidden[i]), APUS_OK);
    }
    free(hidden);
}

TEST(hidden_handles_do_not_survive)
{
    apus_tensor **hidden = hide(1000, false);
    int alive = 0;

    scrub_stack();
    apus_collect();
    for (int i = 0; i < 1000; i++) {
        alive += apus_numel(hidden[i]) >= 0;
        if (apus_error_code()) CHECK_TEXT(apus_error_message(),
                                          released_message);
        apus_error_clear();
    }
    CHECK(alive < 100);
    free(hidden);
}

TEST(retain_counts)
{
    apus_tensor **hidden = hide(1, true);

    apus_retain(hidden[0]);
    apus_retain(hidden[0]);
    CHECK_INT(apus_release(hidden[0]), APUS_OK);
    CHECK_INT(apus_release(hidden[0]), APUS_OK);
    churn();
    CHECK(has_number(hidden[0], 0));
    CHECK_INT(apus_release(hidden[0]), APUS_OK);
    free(hidden);
}

/* ---- Giving back -------------------------------------------------------- */

TEST(a_release_gives_the_bytes_back_at_once)
{
    apus_collect(); /* so that nothing of other tests ends meanwhile */
    int64_t bytes = apus_live_bytes();
    apus_tensor *x = apus_ones(LIST(1 << 20), APUS_FLOAT32);

    CHECK(apus_live_bytes() >= bytes + (4 << 20));
    CHECK_INT(apus_release(x), APUS_OK);
    CHECK(apus_live_bytes() < bytes + (1 << 20));
}

TEST(a_second_release_is_an_error)
{
    apus_tensor *x = numbered(1);

    CHECK_INT(apus_release(x), APUS_OK);
    FAILS(apus_release(x), APUS_ERROR_HANDLE, released_message);
    FAILS(apus_retain(x), APUS_ERROR_HANDLE, released_message);
    CHECK_INT(apus_release(NULL), APUS_OK);
}

TEST(a_released_handle_is_refused)
{
    apus_tensor *x = numbered(1), *y = numbered(2);

    apus_release(x);
    FAILS(apus_sum(x), APUS_ERROR_HANDLE, released_message);
    FAILS(apus_add(y, x), APUS_ERROR_HANDLE, released_message);
    FAILS(apus_add_(x, y), APUS_ERROR_HANDLE, released_message);
    FAILS(apus_backward(x), APUS_ERROR_HANDLE, released_message);
    FAILS(apus_print(x), APUS_ERROR_HANDLE, released_message);
    FAILS(apus_cat((apus_tensor *[]){y, x}, 2, 0), APUS_ERROR_HANDLE,
          released_message);
    FAILS(apus_data(x), APUS_ERROR_HANDLE, released_message);
    churn();
    FAILS(apus_sum(x), APUS_ERROR_HANDLE, released_message);
}

TEST(other_handles_of_a_tensor_stay)
{
    apus_tensor *x = apus_arange(0, 3, 1, APUS_FLOAT32);

    apus_requires_grad_(x, true);
    apus_backward(apus_sum(x));
    apus_tensor *first = apus_grad(x), *second = apus_grad(x);
    CHECK(apus_is_same(first, second));
    apus_release(first);
    SHOWS(second, "tensor([1., 1., 1.])");
    SHOWS(apus_grad(x), "tensor([1., 1., 1.])");
}

TEST(a_graph_outlives_the_handles)
{
    apus_tensor *x = numbered(2);

    apus_requires_grad_(x, true);
    apus_tensor *square = apus_mul(x, x), *y = apus_sum(square);
    apus_release(square);
    CHECK_INT(apus_backward(y), APUS_OK);
    apus_release(y);
    CHECK(has_number(apus_grad(x), 4));
}

/* ---- The caller's memory ------------------------------------------------ */

static int given_back;

static void give_back(void *payload)
{
    *(int *)payload += 1;
}

/* A deleter may use the library. */
static void give_back_and_compute(void *payload)
{
    apus_tensor *two = apus_add_scalar(numbered(1), 1);

    *(int *)payload += has_number(two, 2);
}

static float memory[4] = {1, 2, 3, 4};
static const int64_t two_by_two[] = {2, 2};

static apus_tensor *borrow(void (*deleter)(void *))
{
    return apus_from_blob(memory, two_by_two, NULL, 2, APUS_FLOAT32, deleter,
                          &given_back);
}

TEST(a_deleter_runs_when_the_last_user_goes)
{
    given_back = 0;
    apus_tensor *x = borrow(give_back), *row = apus_select(x, 0, 1);

    apus_release(x);
    CHECK_INT(given_back, 0);
    SHOWS(row, "tensor([3., 4.])");
    apus_release(row);
    CHECK_INT(given_back, 1);
    CHECK(apus_release(row) != APUS_OK);
    apus_error_clear();
    apus_collect();
    CHECK_INT(given_back, 1);
}

TEST(a_graph_keeps_borrowed_memory)
{
    given_back = 0;
    apus_tensor *x = borrow(give_back);

    apus_requires_grad_(x, true);
    apus_tensor *y = apus_sum(apus_mul(x, x));
    apus_release(x);
    CHECK_INT(given_back, 0);
    apus_release(y);
    churn();
    CHECK_INT(given_back, 1);
}

__attribute__((noinline)) static void borrow_many(int count)
{
    for (int i = 0; i < count; i++) apus_sum(borrow(give_back));
}

TEST(deleters_run_once_for_garbage)
{
    given_back = 0;
    borrow_many(10000);
    churn();
    CHECK(given_back > 9900 && given_back <= 10000);
    int so_far = given_back;
    scrub_stack();
    churn();
    CHECK(given_back >= so_far && given_back <= 10000);
}

TEST(a_deleter_runs_when_nothing_is_made)
{
    given_back = 0;
    CHECK(!apus_from_blob(memory, two_by_two, NULL, 2, 99, give_back,
                          &given_back));
    CHECK(!apus_from_blob(NULL, two_by_two, NULL, 2, APUS_FLOAT32, give_back,
                          &given_back));
    CHECK(!apus_from_blob(memory, NULL, NULL, 2, APUS_FLOAT32, give_back,
                          &given_back));
    CHECK_INT(given_back, 3);
    CHECK(!apus_from_blob(memory, NULL, NULL, 2, APUS_FLOAT32, NULL, NULL));
    apus_error_clear();
}

TEST(a_deleter_may_use_the_library)
{
    given_back = 0;
    for (int i = 0; i < 100; i++) apus_release(borrow(give_back_and_compute));
    CHECK_INT(given_back, 100);
    for (int i = 0; i < 100; i++) borrow(give_back_and_compute);
    churn();
    CHECK(given_back > 150);
}

/* ---- Modes -------------------------------------------------------------- */

TEST(unknown_handle_modes_are_refused)
{
    FAILS(apus_set_handle_mode(2), APUS_ERROR_VALUE, "unknown handle mode 2");
    FAILS(apus_set_handle_mode(-1), APUS_ERROR_VALUE, "unknown handle mode -1");
    CHECK_INT(apus_set_handle_mode(APUS_HANDLES_COLLECTED), APUS_OK);
}
