/* What PyTorch loses for good, and what must not be lost: tensors whose graph
 * refers back to them through a payload, and payloads that only the graph
 * refers to. */
#include "harness.h"

#include <pthread.h>

enum { ITERATIONS = 3000, WARM_UP = 1000, ELEMENTS = 1024 /* 4 KB */ };

/* The resident size after so many iterations less than that after the first
 * few, in bytes an iteration. PyTorch's figures are above each test. */
static double growth(void (*iterate)(void))
{
    for (int i = 0; i < WARM_UP; i++) iterate();
    apus_collect();
    double before = resident_megabytes();
    for (int i = 0; i < ITERATIONS; i++) iterate();
    apus_collect();
    return (resident_megabytes() - before) * (1 << 20) / ITERATIONS;
}

#define IS_FLAT(iterate)                                                       \
    do {                                                                       \
        double bytes_ = growth(iterate);                                       \
        int64_t handles_ = apus_live_handles();                                \
        if (bytes_ > 100) FAIL("%.0f bytes an iteration", bytes_);             \
        if (handles_ > 2000) FAIL("%lld handles are left", (long long)handles_); \
    } while (0)

static apus_tensor *leaf(void)
{
    apus_tensor *x = apus_ones(LIST(ELEMENTS), APUS_FLOAT32);

    apus_requires_grad_(x, true);
    return x;
}

/* ---- The three cases ---------------------------------------------------- */

static void second_order(void)
{
    apus_tensor *x = leaf();
    apus_backward_options options = {.struct_size = sizeof options,
                                     .create_graph = true};
    apus_tensor *y = apus_sum(apus_pow_scalar(apus_exp(x), 2));

    apus_backward_opt(&y, 1, NULL, &options);
}

/* 20,840 bytes */
TEST(a_gradient_with_a_graph_is_no_leak)
{
    IS_FLAT(second_order);
}

typedef struct closure {
    apus_tensor *tensor;
    void *more;
} closure;

static int hook_calls;

static apus_status look(void *payload, apus_tensor *grad,
                        apus_tensor **replacement)
{
    closure *self = payload;

    (void)grad;
    (void)replacement;
    hook_calls += apus_numel(self->tensor) == ELEMENTS;
    return APUS_OK;
}

static void own_hook(void)
{
    apus_tensor *y = apus_exp(leaf());
    closure *self = apus_alloc(sizeof *self);

    self->tensor = y;
    apus_register_hook(y, look, self, NULL);
}

/* 11,592 bytes */
TEST(a_hook_that_holds_its_tensor_is_no_leak)
{
    IS_FLAT(own_hook);
}

static apus_status keep_tensor(void *payload, apus_tensor *tensor,
                               void **packed)
{
    (void)payload;
    *packed = tensor;
    return APUS_OK;
}

static apus_status give_tensor(void *payload, void *packed,
                               apus_tensor **tensor)
{
    (void)payload;
    *tensor = packed;
    return APUS_OK;
}

static void identity_pack(void)
{
    apus_saved_tensors_hooks_push(keep_tensor, give_tensor, NULL, NULL, NULL);
    apus_pow_scalar(apus_exp(leaf()), 3);
    apus_saved_tensors_hooks_pop();
}

/* 10,780 bytes */
TEST(a_pack_hook_that_returns_its_argument_is_no_leak)
{
    IS_FLAT(identity_pack);
}

/* ---- More cycles -------------------------------------------------------- */

static void through_other_memory(void)
{
    apus_tensor *y = apus_exp(leaf()), *z = apus_mul(y, y);
    closure *inner = apus_alloc(sizeof *inner);
    closure *outer = apus_alloc(sizeof *outer);

    inner->tensor = z;
    outer->tensor = y;
    outer->more = inner;
    apus_register_hook(y, look, outer, NULL);
    apus_node_register_prehook(apus_grad_fn(z), NULL, outer, NULL);
    apus_error_clear();
}

TEST(a_hook_that_holds_a_later_tensor_is_no_leak)
{
    IS_FLAT(through_other_memory);
}

static int destroyed;

static void count_destroyed(void *payload)
{
    closure *self = payload;

    /* The memory is still there, and what it points to. */
    destroyed += self->more != NULL && *(int *)self->more == 42;
}

static void destroyed_hook(void)
{
    apus_tensor *y = apus_exp(leaf());
    closure *self = apus_alloc(sizeof *self);

    self->tensor = y;
    self->more = apus_alloc(sizeof(int));
    *(int *)self->more = 42;
    apus_register_hook(y, look, self, count_destroyed);
}

TEST(a_cycle_is_destroyed_once)
{
    destroyed = 0;
    IS_FLAT(destroyed_hook);
    scrub_stack();
    apus_collect();
    apus_collect();
    CHECK(destroyed <= WARM_UP + ITERATIONS);
    CHECK(destroyed >= WARM_UP + ITERATIONS - 20);
}

static void leaf_hook(void)
{
    apus_tensor *x = leaf();
    closure *self = apus_alloc(sizeof *self);

    self->tensor = x;
    apus_register_hook(x, look, self, NULL);
    apus_backward(apus_sum(apus_exp(x)));
}

TEST(a_hook_on_a_leaf_that_holds_it_is_no_leak)
{
    IS_FLAT(leaf_hook);
}

static apus_status cube(void *payload, apus_context *context,
                        apus_tensor *const *inputs, size_t n,
                        apus_tensor **outputs, size_t *count)
{
    (void)payload;
    (void)n;
    outputs[0] = apus_pow_scalar(inputs[0], 3);
    *count = 1;
    closure *self = apus_alloc(sizeof *self);
    self->tensor = outputs[0];
    apus_context_set_user(context, self, NULL);
    return apus_context_save_for_backward(context, inputs, 1);
}

static void custom_function(void)
{
    apus_custom_function function = {.struct_size = sizeof function,
                                     .name = "Cube",
                                     .forward = cube};
    apus_tensor *x = leaf(), *y = NULL;
    size_t count = 1;
    closure *self = apus_alloc(sizeof *self);

    apus_custom_apply(&function, self, NULL, &x, 1, &y, &count);
    self->tensor = y;
}

TEST(a_function_whose_context_holds_its_result_is_no_leak)
{
    IS_FLAT(custom_function);
}

/* ---- What stays --------------------------------------------------------- */

typedef struct record {
    int64_t magic;
    apus_tensor *factor;
    struct record *next;
} record;

/* Uses every freed object of the sizes in use here again. */
__attribute__((noinline)) static void churn(void)
{
    scrub_stack();
    for (int round = 0; round < 3; round++) {
        scrub_stack();
        apus_collect();
        for (int i = 0; i < 3000; i++) {
            memset(apus_alloc(sizeof(closure)), 0x77, sizeof(closure));
            memset(apus_alloc(sizeof(record)), 0x77, sizeof(record));
            apus_ones(LIST(16), APUS_FLOAT32);
        }
    }
}

static int intact;

static apus_status check_record(void *payload, apus_tensor *grad,
                                apus_tensor **replacement)
{
    record *self = payload;

    intact += self->magic == 77 && self->next && self->next->magic == 78 &&
              apus_item_double(self->factor) == 5;
    *replacement = apus_mul(grad, self->factor);
    return apus_error_code();
}

static record *new_record(void)
{
    record *self = apus_alloc(sizeof *self);

    self->magic = 77;
    self->factor = apus_scalar_tensor(5, APUS_FLOAT32);
    self->next = apus_alloc(sizeof *self);
    self->next->magic = 78;
    return self;
}

__attribute__((noinline)) static apus_tensor *hooked(apus_tensor *x)
{
    apus_tensor *y = apus_exp(x);

    apus_register_hook(y, check_record, new_record(), NULL);
    return apus_sum(apus_mul_scalar(y, 2));
}

static apus_tensor *x_of_test, *z_of_test;

TEST(a_hook_behind_a_later_tensor_stays)
{
    x_of_test = leaf();
    z_of_test = hooked(x_of_test);
    churn();
    intact = 0;
    CHECK_INT(apus_backward(z_of_test), APUS_OK);
    CHECK_INT(intact, 1);
    CHECK(apus_item_double(apus_select(apus_grad(x_of_test), 0, 0)) > 27.18);
}

TEST(a_hook_behind_a_gradient_with_a_graph_stays)
{
    static apus_tensor *x;
    apus_backward_options options = {.struct_size = sizeof options,
                                     .create_graph = true};
    x = leaf();
    apus_tensor *y = apus_sum(apus_exp(x));

    apus_backward_opt(&y, 1, NULL, &options);
    y = NULL;
    apus_register_hook(apus_grad(x), check_record, new_record(), NULL);
    churn();
    intact = 0;
    CHECK_INT(apus_backward(apus_sum(apus_mul_scalar(apus_grad(x), 1))),
              APUS_OK);
    CHECK_INT(intact, 1);
}

TEST(a_hook_behind_a_node_stays)
{
    static apus_node *node;
    static int64_t number;
    apus_tensor *x = leaf();

    node = apus_gradient_edge(hooked(x), &number);
    churn();
    intact = 0;
    apus_tensor *root = NULL, *gradient = apus_ones(NULL, 0, APUS_FLOAT32);
    apus_backward_options options = {.struct_size = sizeof options,
                                     .tensor_nodes = &node,
                                     .tensor_numbers = &number};
    if (apus_backward_opt(&root, 1, &gradient, &options) == APUS_OK)
        CHECK_INT(intact, 1);
    apus_error_clear();
}

__attribute__((noinline)) static apus_tensor *viewed(apus_tensor *x)
{
    apus_tensor *base = apus_mul_scalar(x, 2);
    apus_tensor *view = apus_select(base, 0, 0);

    apus_mul_scalar_(view, 3); /* base's history is CopySlices now */
    apus_register_hook(view, check_record, new_record(), NULL);
    return base;
}

TEST(a_hook_behind_a_changed_base_stays)
{
    static apus_tensor *base;

    base = viewed(leaf());
    churn();
    /* The hook is on the view's own edge, which the base's history does not
     * use: what counts is that nothing was freed too early. */
    CHECK_INT(apus_backward(apus_sum(base)), APUS_OK);
}

typedef struct halves {
    apus_tensor *half;
    int64_t magic;
} halves;

static apus_status to_half(void *payload, apus_tensor *tensor, void **packed)
{
    halves *self = apus_alloc(sizeof *self);

    (void)payload;
    self->half = apus_to(tensor, APUS_FLOAT16, false);
    self->magic = 99;
    *packed = self;
    return apus_error_code();
}

static apus_status from_half(void *payload, void *packed, apus_tensor **tensor)
{
    halves *self = packed;

    intact += *(int64_t *)payload == 55 && self->magic == 99;
    *tensor = apus_to(self->half, APUS_FLOAT32, false);
    return apus_error_code();
}

__attribute__((noinline)) static apus_tensor *packed_graph(apus_tensor *x)
{
    int64_t *payload = apus_alloc(sizeof *payload);

    *payload = 55;
    apus_saved_tensors_hooks_push(to_half, from_half, NULL, payload, NULL);
    apus_tensor *y = apus_sum(apus_mul(apus_exp(x), x));
    apus_saved_tensors_hooks_pop();
    return y;
}

TEST(packed_values_stay)
{
    static apus_tensor *x, *y;

    x = leaf();
    y = packed_graph(x);
    churn();
    intact = 0;
    CHECK_INT(apus_backward(y), APUS_OK);
    CHECK_INT(intact, 3);
}

__attribute__((noinline)) static void push_hooks(void)
{
    int64_t *payload = apus_alloc(sizeof *payload);

    *payload = 55;
    apus_saved_tensors_hooks_push(to_half, from_half, NULL, payload, NULL);
}

TEST(hooks_in_force_stay)
{
    static apus_tensor *x, *y;

    x = leaf();
    push_hooks();
    churn();
    y = apus_sum(apus_mul(x, x));
    apus_saved_tensors_hooks_pop();
    churn();
    intact = 0;
    CHECK_INT(apus_backward(y), APUS_OK);
    CHECK_INT(intact, 2);
}

/* The collection comes in the middle of the pass. */
static apus_status collect_inside(void *payload, apus_tensor *grad,
                                  apus_tensor **replacement)
{
    (void)grad;
    (void)replacement;
    (void)payload;
    churn();
    return APUS_OK;
}

TEST(a_collection_in_a_callback_frees_nothing_in_use)
{
    apus_tensor *x = leaf();

    intact = 0;
    apus_tensor *y = hooked(x);
    apus_register_hook(y, collect_inside, NULL, NULL);
    CHECK_INT(apus_backward(y), APUS_OK);
    CHECK_INT(intact, 1);
}

TEST(a_hook_on_a_retained_tensor_stays)
{
    /* The collector can't see where its handle is. */
    apus_tensor **hidden = malloc(sizeof *hidden);
    apus_tensor *x = leaf();

    *hidden = hooked(x);
    apus_retain(*hidden);
    churn();
    intact = 0;
    CHECK_INT(apus_backward(*hidden), APUS_OK);
    CHECK_INT(intact, 1);
    apus_release(*hidden);
    free(hidden);
}

TEST(a_long_chain_is_no_matter)
{
    static apus_tensor *y;
    apus_tensor *x = leaf();

    y = hooked(x);
    for (int i = 0; i < 300000; i++) y = apus_mul_scalar(y, 1);
    churn();
    intact = 0;
    CHECK_INT(apus_backward(y), APUS_OK);
    CHECK_INT(intact, 1);
    y = NULL;
}

/* ---- Several threads ---------------------------------------------------- */

static void *work(void *result)
{
    for (int round = 0; round < 300; round++) {
        apus_tensor *x = leaf(), *y = apus_exp(x);
        record *self = new_record();

        self->next->next = apus_alloc(sizeof *self);
        self->next->next->factor = y; /* a cycle */
        apus_register_hook(y, check_record, self, NULL);
        self = NULL;
        for (int i = 0; i < 10; i++) apus_alloc(64);
        if (round % 50 == 7) apus_collect();
        apus_backward(apus_sum(y));
    }
    *(int *)result = apus_error_code();
    return NULL;
}

TEST(threads_collect_while_others_have_hooks)
{
    pthread_t threads[4];
    int results[4];

    intact = 0;
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, &results[i]);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(results[i], 0);
    }
    /* Counted without a lock: some may be lost. */
    CHECK(intact > 1000);
}
