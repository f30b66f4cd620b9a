/* Hooks: what they get, in which order, what they may replace, how they end,
 * and the nodes that they belong to. */
#include "harness.h"

#include <pthread.h>

static apus_tensor *leaf(float a, float b)
{
    apus_tensor *x = FLOATS(a, b);

    apus_requires_grad_(x, true);
    return x;
}

static char text[4096];

static void note(const char *what)
{
    if (text[0]) strncat(text, " ", sizeof text - strlen(text) - 1);
    strncat(text, what, sizeof text - strlen(text) - 1);
}

/* ---- Hooks of tensors --------------------------------------------------- */

static apus_status names(void *payload, apus_tensor *grad,
                         apus_tensor **replacement)
{
    char line[100];

    (void)replacement;
    snprintf(line, sizeof line, "%s=%g", (const char *)payload,
             apus_item_double(apus_select(grad, 0, 0)));
    note(line);
    return apus_error_code();
}

static apus_status triples(void *payload, apus_tensor *grad,
                           apus_tensor **replacement)
{
    (void)payload;
    *replacement = apus_mul_scalar(grad, 3);
    return apus_error_code();
}

TEST(tensor_hooks_chain_in_the_order_of_registration)
{
    apus_tensor *x = leaf(1, 2), *y = apus_mul_scalar(x, 2);

    text[0] = 0;
    CHECK(apus_register_hook(y, names, "a", NULL));
    CHECK(apus_register_hook(y, triples, NULL, NULL));
    CHECK(apus_register_hook(y, names, "b", NULL));
    CHECK_INT(apus_backward(apus_sum(y)), APUS_OK);
    CHECK_TEXT(text, "a=1 b=3");
    SHOWS(apus_grad(x), "tensor([6., 6.])");
}

TEST(a_hook_sees_the_value_before_a_later_change)
{
    apus_tensor *x = leaf(1, 2), *y = apus_mul_scalar(x, 2);

    text[0] = 0;
    apus_register_hook(y, names, "before", NULL);
    apus_mul_scalar_(y, 3);
    apus_register_hook(y, names, "after", NULL);
    CHECK_INT(apus_backward(apus_sum(y)), APUS_OK);
    CHECK_TEXT(text, "after=1 before=3");
}

/* PyTorch: the retained gradient is that after all hooks, even later ones. */
TEST(a_retained_gradient_is_seen_after_all_hooks)
{
    apus_tensor *x = leaf(1, 2), *y = apus_mul_scalar(x, 2);

    apus_retain_grad(y);
    apus_register_hook(y, triples, NULL, NULL);
    CHECK_INT(apus_backward(apus_sum(y)), APUS_OK);
    SHOWS(apus_grad(y), "tensor([3., 3.])");
}

TEST(a_hook_is_removed)
{
    apus_tensor *x = leaf(1, 2);
    apus_hook *hook = apus_register_hook(x, triples, NULL, NULL);

    CHECK_INT(apus_hook_remove(hook), APUS_OK);
    CHECK_INT(apus_hook_remove(hook), APUS_OK);
    CHECK_INT(apus_backward(apus_sum(x)), APUS_OK);
    SHOWS(apus_grad(x), "tensor([1., 1.])");
    CHECK_INT(apus_hook_release(hook), APUS_OK);
    FAILS(apus_hook_remove(hook), APUS_ERROR_HANDLE,
          "tensor handle was released already");
}

static apus_status wrong_size(void *payload, apus_tensor *grad,
                              apus_tensor **replacement)
{
    (void)payload;
    *replacement = apus_sum(grad);
    return apus_error_code();
}

static apus_status wrong_type(void *payload, apus_tensor *grad,
                              apus_tensor **replacement)
{
    (void)payload;
    *replacement = apus_to(grad, APUS_FLOAT64, false);
    return apus_error_code();
}

static apus_status fails(void *payload, apus_tensor *grad,
                         apus_tensor **replacement)
{
    (void)payload;
    (void)grad;
    (void)replacement;
    return apus_fail(APUS_ERROR_VALUE, "boom");
}

static apus_status fails_inside(void *payload, apus_tensor *grad,
                                apus_tensor **replacement)
{
    (void)payload;
    *replacement = apus_mm(grad, grad);
    return apus_error_code();
}

static apus_status no_handle(void *payload, apus_tensor *grad,
                             apus_tensor **replacement)
{
    (void)grad;
    *replacement = payload;
    return APUS_OK;
}

static void fails_with(apus_tensor_hook hook, void *payload, const char *name,
                       apus_status code, const char *message)
{
    apus_tensor *x = leaf(1, 2);
    apus_hook *handle = apus_register_hook(x, hook, payload, NULL);

    if (name) CHECK_INT(apus_hook_set_name(handle, name), APUS_OK);
    FAILS(apus_backward(apus_sum(x)), code, message);
    CHECK(!apus_grad(x));
}

TEST(what_a_hook_may_not_return)
{
    int stack;

    fails_with(wrong_size, NULL, "<lambda>", APUS_ERROR_RUNTIME,
               "hook '<lambda>' has changed the size of value");
    fails_with(wrong_type, NULL, "<lambda>", APUS_ERROR_RUNTIME,
               "hook '<lambda>' has changed the type of value (was "
               "torch.FloatTensor got torch.DoubleTensor)");
    fails_with(wrong_size, NULL, NULL, APUS_ERROR_RUNTIME,
               "hook 'hook' has changed the size of value");
    fails_with(no_handle, &stack, NULL, APUS_ERROR_HANDLE,
               "expected a tensor, but got a pointer that is not a tensor "
               "handle");
    fails_with(no_handle, apus_generator_new(1), NULL, APUS_ERROR_TYPE,
               "argument 'replacement' is a handle of another type");
}

TEST(an_error_of_a_hook_ends_the_pass)
{
    fails_with(fails, NULL, NULL, APUS_ERROR_VALUE, "boom");
    fails_with(fails_inside, NULL, NULL, APUS_ERROR_RUNTIME,
               "mm: self must be a matrix, got 1-D tensor");
}

static apus_status unknown_code(void *payload, apus_tensor *grad,
                                apus_tensor **replacement)
{
    (void)payload;
    (void)grad;
    (void)replacement;
    return -5;
}

static apus_status no_message(void *payload, apus_tensor *grad,
                              apus_tensor **replacement)
{
    (void)payload;
    (void)grad;
    (void)replacement;
    return apus_fail(77, NULL);
}

TEST(a_hook_may_fail_without_words)
{
    fails_with(unknown_code, NULL, NULL, APUS_ERROR_RUNTIME,
               "a callback failed with code -5");
    fails_with(no_message, NULL, NULL, APUS_ERROR_RUNTIME, "");
}

static int seen_error;

static apus_status looks_at_error(void *payload, apus_tensor *grad,
                                  apus_tensor **replacement)
{
    (void)payload;
    (void)grad;
    (void)replacement;
    seen_error = apus_error_code();
    return APUS_OK;
}

TEST(an_earlier_error_is_put_aside_and_comes_back)
{
    apus_tensor *x = leaf(1, 2), *y = apus_sum(x);

    apus_register_hook(x, looks_at_error, NULL, NULL);
    apus_fail(APUS_ERROR_INDEX, "earlier");
    seen_error = -1;
    CHECK_INT(apus_backward(y), APUS_OK);
    CHECK_INT(seen_error, 0);
    CHECK_INT(apus_error_code(), APUS_ERROR_INDEX);
    CHECK_TEXT(apus_error_message(), "earlier");
    apus_error_clear();
}

TEST(where_no_hook_can_be)
{
    apus_tensor *x = FLOATS(1, 2), *y = apus_exp(leaf(1, 2));

    FAILS(apus_register_hook(x, triples, NULL, NULL), APUS_ERROR_RUNTIME,
          "cannot register a hook on a tensor that doesn't require gradient");
    FAILS(apus_register_post_accumulate_grad_hook(y, NULL, NULL, NULL),
          APUS_ERROR_NULL, "argument 'hook' is NULL");
    FAILS(apus_register_hook(y, NULL, NULL, NULL), APUS_ERROR_NULL,
          "argument 'hook' is NULL");
    FAILS(apus_register_hook(NULL, triples, NULL, NULL), APUS_ERROR_NULL,
          "argument 'tensor' is NULL");
}

/* ---- Payloads ----------------------------------------------------------- */

static int destroyed;

static void destroy(void *payload)
{
    destroyed += *(int *)payload;
}

TEST(payloads_are_destroyed_once)
{
    int one = 1;
    apus_tensor *x = leaf(1, 2), *plain = FLOATS(1);

    destroyed = 0;
    apus_hook *hook = apus_register_hook(x, triples, &one, destroy);
    CHECK_INT(destroyed, 0);
    apus_hook_remove(hook);
    CHECK_INT(destroyed, 1);
    apus_hook_remove(hook);
    CHECK_INT(destroyed, 1);

    apus_register_hook(plain, triples, &one, destroy);
    apus_error_clear();
    CHECK_INT(destroyed, 2);
    apus_register_hook(x, NULL, &one, destroy);
    apus_error_clear();
    CHECK_INT(destroyed, 3);
    apus_register_hook(NULL, triples, &one, destroy);
    apus_error_clear();
    CHECK_INT(destroyed, 4);

    apus_tensor *y = apus_exp(x);
    apus_register_hook(y, triples, &one, destroy);
    apus_node *node = apus_grad_fn(y);
    apus_node_register_prehook(node, NULL, &one, destroy);
    apus_error_clear();
    CHECK_INT(destroyed, 5);
    apus_release(y);
    apus_node_release(node);
    CHECK_INT(destroyed, 6);
}

static void fails_to_destroy(void *payload)
{
    (void)payload;
    apus_fail(APUS_ERROR_VALUE, "in destroy");
    destroyed++;
}

TEST(errors_of_destroy_are_nobodys)
{
    apus_tensor *x = leaf(1, 2);

    destroyed = 0;
    apus_hook_remove(apus_register_hook(x, triples, x, fails_to_destroy));
    CHECK_INT(destroyed, 1);
    CHECK_INT(apus_error_code(), APUS_OK);
}

/* ---- After accumulation ------------------------------------------------- */

static apus_status steps(void *payload, apus_tensor *x)
{
    bool before = apus_set_grad_enabled(false);

    note(payload);
    apus_sub_(x, apus_grad(x));
    apus_set_grad(x, NULL);
    apus_set_grad_enabled(before);
    return apus_error_code();
}

TEST(a_post_accumulate_hook_may_take_the_step)
{
    apus_tensor *x = leaf(1, 2), *y = apus_exp(x);

    text[0] = 0;
    CHECK(apus_register_post_accumulate_grad_hook(x, steps, "step", NULL));
    apus_register_hook(x, names, "leaf", NULL);
    FAILS(apus_register_post_accumulate_grad_hook(y, steps, NULL, NULL),
          APUS_ERROR_RUNTIME,
          "post accumulate grad hooks cannot be registered on non-leaf "
          "tensors");
    CHECK_INT(apus_backward(apus_sum(apus_mul_scalar(x, 4))), APUS_OK);
    CHECK_TEXT(text, "leaf=4 step");
    SHOWS(x, "tensor([-3., -2.], requires_grad=True)");
    CHECK(!apus_grad(x));

    /* autograd.grad runs the first, never the second. */
    apus_tensor *sum = apus_sum(x), *gradient;
    text[0] = 0;
    CHECK_INT(apus_autograd_grad(&sum, 1, &x, 1, &gradient), APUS_OK);
    CHECK_TEXT(text, "leaf=1");
}

/* ---- Hooks of nodes ----------------------------------------------------- */

static apus_status pre(void *payload, apus_tensor *const *grads, size_t count,
                       apus_tensor **replacements, bool *replaced)
{
    char line[50];

    snprintf(line, sizeof line, "pre%zu%s", count, grads[0] ? "" : "-");
    note(line);
    if (payload) {
        replacements[0] = apus_mul_scalar(grads[0], 10);
        *replaced = true;
    }
    return apus_error_code();
}

static apus_status post(void *payload, apus_tensor *const *inputs,
                        size_t input_count, apus_tensor *const *outputs,
                        size_t output_count, apus_tensor **replacements,
                        bool *replaced)
{
    char line[50];

    (void)outputs;
    snprintf(line, sizeof line, "post%zu%zu", input_count, output_count);
    note(line);
    if (payload) {
        for (size_t i = 0; i < input_count; i++)
            replacements[i] = inputs[i] ? apus_neg(inputs[i]) : NULL;
        *replaced = true;
    }
    return apus_error_code();
}

TEST(node_hooks_run_around_the_node)
{
    apus_tensor *x = leaf(1, 2), *w = leaf(3, 4), *y = apus_mul(x, w);
    apus_node *node = apus_grad_fn(y);

    text[0] = 0;
    apus_register_hook(y, names, "tensor", NULL);
    CHECK(apus_node_register_hook(node, post, "replace", NULL));
    CHECK(apus_node_register_prehook(node, pre, "replace", NULL));
    CHECK_INT(apus_backward(apus_sum(y)), APUS_OK);
    CHECK_TEXT(text, "tensor=1 pre1 post21");
    SHOWS(apus_grad(x), "tensor([-30., -40.])");
    SHOWS(apus_grad(w), "tensor([-10., -20.])");
}

TEST(a_hook_on_an_accumulator_gets_no_inputs)
{
    apus_tensor *x = leaf(1, 2);
    apus_node *node = apus_gradient_edge(x, NULL);

    text[0] = 0;
    apus_node_register_hook(node, post, NULL, NULL);
    apus_node_register_prehook(node, pre, NULL, NULL);
    CHECK_INT(apus_backward(apus_sum(x)), APUS_OK);
    CHECK_TEXT(text, "pre1 post01");
    SHOWS(apus_grad(x), "tensor([1., 1.])");
}

static apus_status bad_replacement(void *payload, apus_tensor *const *grads,
                                   size_t count, apus_tensor **replacements,
                                   bool *replaced)
{
    (void)payload;
    (void)count;
    replacements[0] = apus_sum(grads[0]);
    *replaced = true;
    return APUS_OK;
}

TEST(a_node_hook_may_not_change_sizes)
{
    apus_tensor *x = leaf(1, 2), *y = apus_exp(x);

    apus_hook_set_name(apus_node_register_prehook(apus_grad_fn(y),
                                                  bad_replacement, NULL, NULL),
                       "<lambda>");
    FAILS(apus_backward(apus_sum(y)), APUS_ERROR_RUNTIME,
          "hook '<lambda>' has changed the size of value");
}

/* ---- Several tensors, and the end of a pass ----------------------------- */

static apus_status multi(void *payload, apus_tensor *const *grads,
                         size_t count)
{
    char line[50];

    (void)payload;
    snprintf(line, sizeof line, "multi%zu", count);
    note(line);
    for (size_t i = 0; i < count; i++) {
        if (grads[i])
            snprintf(line, sizeof line, "%g",
                     apus_item_double(apus_select(grads[i], 0, 0)));
        else
            strcpy(line, "none");
        note(line);
    }
    return apus_error_code();
}

TEST(a_hook_on_several_tensors)
{
    apus_tensor *a = leaf(1, 2), *b = leaf(3, 4), *c = leaf(5, 6);
    apus_tensor *list[] = {a, b, c};
    apus_hook *hook = apus_register_multi_grad_hook(
        list, 3, APUS_MULTI_GRAD_ALL, multi, NULL, NULL);

    text[0] = 0;
    CHECK(hook);
    CHECK_INT(apus_backward(apus_sum(apus_mul(a, b))), APUS_OK);
    CHECK_TEXT(text, "multi3 3 1 none");
    CHECK_INT(apus_hook_remove(hook), APUS_OK);

    text[0] = 0;
    CHECK(apus_register_multi_grad_hook(list, 3, APUS_MULTI_GRAD_ANY, multi,
                                        NULL, NULL));
    CHECK_INT(apus_backward(apus_sum(apus_mul(a, b))), APUS_OK);
    CHECK(strncmp(text, "multi1 ", 7) == 0);
    CHECK_INT(strlen(text), strlen("multi1 3"));

    apus_tensor *plain[] = {FLOATS(1)};
    FAILS(apus_register_multi_grad_hook(plain, 1, APUS_MULTI_GRAD_ALL, multi,
                                        NULL, NULL),
          APUS_ERROR_RUNTIME,
          "cannot register a hook on a tensor that doesn't require gradient");
    FAILS(apus_register_multi_grad_hook(list, 3, 7, multi, NULL, NULL),
          APUS_ERROR_VALUE,
          "Expects mode to be one of ('all', 'any') but got 7");
}

static apus_status at_end(void *payload)
{
    note(payload);
    return APUS_OK;
}

static apus_status queues(void *payload, apus_tensor *grad,
                          apus_tensor **replacement)
{
    (void)grad;
    (void)replacement;
    note("hook");
    return apus_queue_callback(at_end, payload, NULL);
}

TEST(a_callback_at_the_end_of_the_pass)
{
    apus_tensor *x = leaf(1, 2), *y = apus_exp(x);
    int one = 1;

    text[0] = 0;
    apus_register_hook(y, queues, "end", NULL);
    apus_register_hook(x, names, "leaf", NULL);
    CHECK_INT(apus_backward(apus_sum(apus_mul_scalar(y, 0))), APUS_OK);
    CHECK_TEXT(text, "hook leaf=0 end");
    destroyed = 0;
    FAILS(apus_queue_callback(at_end, &one, destroy), APUS_ERROR_RUNTIME,
          "Final callbacks can only be installed during backward pass.");
    CHECK_INT(destroyed, 1);
}

/* ---- Re-entrance -------------------------------------------------------- */

static apus_status backward_inside(void *payload, apus_tensor *grad,
                                   apus_tensor **replacement)
{
    apus_tensor *inner = leaf(2, 3);
    bool before = apus_set_grad_enabled(true);

    (void)grad;
    (void)replacement;
    apus_backward(apus_sum(apus_mul(inner, inner)));
    apus_set_grad_enabled(before);
    *(apus_tensor **)payload = apus_grad(inner);
    return apus_error_code();
}

TEST(a_pass_within_a_hook)
{
    static apus_tensor *found;
    apus_tensor *x = leaf(1, 2);

    apus_register_hook(x, backward_inside, &found, NULL);
    CHECK_INT(apus_backward(apus_sum(x)), APUS_OK);
    SHOWS(found, "tensor([4., 6.])");
    SHOWS(apus_grad(x), "tensor([1., 1.])");
}

/* ---- Owned handles ------------------------------------------------------ */

static apus_tensor *kept;

static apus_status keeps(void *payload, apus_tensor *grad,
                         apus_tensor **replacement)
{
    (void)payload;
    kept = grad;
    apus_retain(grad); /* the one that we keep */
    apus_retain(grad); /* the one that we give back */
    *replacement = grad;
    return APUS_OK;
}

TEST(owned_handles_end_with_the_call)
{
    apus_collect();
    apus_set_handle_mode(APUS_HANDLES_OWNED);
    int64_t before = apus_live_handles();

    for (int i = 0; i < 100; i++) {
        apus_tensor *x = leaf(1, 2), *y = apus_exp(x), *s = apus_sum(y);
        apus_hook *a = apus_register_hook(y, triples, NULL, NULL);
        apus_hook *b = apus_register_hook(x, keeps, NULL, NULL);
        apus_node *node = apus_grad_fn(y);
        apus_hook *c = apus_node_register_hook(node, post, "replace", NULL);
        apus_hook *d = apus_node_register_prehook(node, pre, "replace", NULL);
        apus_node *next = apus_node_next(node, 0, NULL);

        text[0] = 0;
        CHECK_INT(apus_backward(s), APUS_OK);
        CHECK(apus_item_double(kept) != 0 || apus_numel(kept) == 2);
        apus_error_clear();
        CHECK_INT(apus_release(kept), APUS_OK);
        FAILS(apus_release(kept), APUS_ERROR_HANDLE,
              "tensor handle was released already");
        apus_release(x);
        apus_release(y);
        apus_release(s);
        apus_hook_release(a);
        apus_hook_release(b);
        apus_hook_release(c);
        apus_hook_release(d);
        apus_node_release(node);
        apus_node_release(next);
    }
    CHECK_INT(apus_live_handles(), before);
    apus_set_handle_mode(APUS_HANDLES_COLLECTED);
}

/* ---- Threads ------------------------------------------------------------ */

static void *compute(void *result)
{
    apus_tensor *x = leaf(1, 2);

    apus_backward(apus_sum(apus_exp(x)));
    *(double *)result = apus_item_double(apus_select(apus_grad(x), 0, 0));
    return NULL;
}

/* A thread's first call waits until the others are outside of the library, and
 * this one is: it is in a callback. */
static apus_status waits_for_a_thread(void *payload, apus_tensor *grad,
                                      apus_tensor **replacement)
{
    pthread_t thread;

    (void)grad;
    (void)replacement;
    pthread_create(&thread, NULL, compute, payload);
    pthread_join(thread, NULL);
    return APUS_OK;
}

TEST(a_hook_waits_for_another_thread)
{
    apus_tensor *x = leaf(1, 2);
    double result = 0;

    apus_register_hook(x, waits_for_a_thread, &result, NULL);
    CHECK_INT(apus_backward(apus_sum(x)), APUS_OK);
    CHECK(result > 2.71 && result < 2.72);
}

static apus_status pack(void *payload, apus_tensor *tensor, void **packed)
{
    (void)payload;
    *packed = tensor;
    return APUS_OK;
}

static apus_status unpack(void *payload, void *packed, apus_tensor **tensor)
{
    (void)payload;
    *tensor = packed;
    return APUS_OK;
}

static const char *label(void *payload)
{
    (void)payload;
    return "a thread";
}

static void *leaves_things_behind(void *payload)
{
    apus_saved_tensors_hooks_push(pack, unpack, NULL, payload, destroy);
    apus_set_label_provider(label, payload, destroy);
    apus_set_anomaly_enabled(true, true);
    apus_enter_dual_level();
    apus_make_dual(leaf(1, 2), leaf(3, 4));
    apus_profiler_start(NULL);
    apus_exp(leaf(1, 2));
    apus_level_push(APUS_LEVEL_DIFFERENTIATING, 0, 0);
    return NULL;
}

TEST(a_thread_ends_with_its_modes)
{
    pthread_t thread;
    int one = 1;

    destroyed = 0;
    pthread_create(&thread, NULL, leaves_things_behind, &one);
    pthread_join(thread, NULL);
    scrub_stack();
    apus_collect(); /* the graph that it packed for */
    CHECK_INT(destroyed, 2);
    CHECK(!apus_is_anomaly_enabled() && apus_level_depth() == 0);
}
