/* Every function of graph.h, function.h and transforms.h with arguments that
 * nobody should pass: an error each time, and never a crash. */
#include "harness.h"

static apus_tensor *any; /* what a call is given in place of handles */

static apus_status function(void *payload, apus_tensor *const *inputs,
                            size_t n, apus_tensor **outputs, size_t *count)
{
    (void)payload;
    (void)inputs;
    (void)n;
    (void)outputs;
    *count = 100000; /* more than there is room for */
    return APUS_OK;
}

static apus_status map(void *payload, apus_tensor *x, apus_tensor **y)
{
    (void)x;
    *y = payload;
    return APUS_OK;
}

static apus_status pack(void *payload, apus_tensor *tensor, void **packed)
{
    (void)payload;
    (void)tensor;
    (void)packed;
    return APUS_OK;
}

static apus_status unpack(void *payload, void *packed, apus_tensor **tensor)
{
    (void)payload;
    *tensor = packed;
    return APUS_OK;
}

static apus_status tensor_hook(void *payload, apus_tensor *grad,
                               apus_tensor **replacement)
{
    (void)payload;
    (void)grad;
    (void)replacement;
    return APUS_OK;
}

static apus_status leaf_hook(void *payload, apus_tensor *leaf)
{
    (void)payload;
    (void)leaf;
    return APUS_OK;
}

static apus_status node_hook(void *payload, apus_tensor *const *inputs,
                             size_t n, apus_tensor *const *outputs, size_t m,
                             apus_tensor **replacements, bool *replaced)
{
    (void)payload;
    (void)inputs;
    (void)n;
    (void)outputs;
    (void)m;
    (void)replacements;
    (void)replaced;
    return APUS_OK;
}

static apus_status node_prehook(void *payload, apus_tensor *const *outputs,
                                size_t m, apus_tensor **replacements,
                                bool *replaced)
{
    (void)payload;
    (void)outputs;
    (void)m;
    (void)replacements;
    (void)replaced;
    return APUS_OK;
}

static apus_status multi_hook(void *payload, apus_tensor *const *grads,
                              size_t n)
{
    (void)payload;
    (void)grads;
    (void)n;
    return APUS_OK;
}

static int destroyed, expected;

static void destroy(void *payload)
{
    (void)payload;
    destroyed++;
}

/* An error, whichever; and `destroy`, where it is among the arguments. */
#define IS_ERROR(call)                                                         \
    do {                                                                       \
        apus_error_clear();                                                    \
        (void)(call);                                                          \
        if (apus_error_code() == APUS_OK) FAIL("%s is no error", #call);       \
        if (strstr(#call, "destroy")) expected++;                              \
        if (destroyed != expected) FAIL("%s: destroyed %d times, not %d",      \
                                        #call, destroyed, expected);           \
        expected = destroyed;                                                  \
        apus_error_clear();                                                    \
    } while (0)

static void call_everything(bool as_tensor)
{
    apus_node *node = (apus_node *)any;
    apus_hook *hook = (apus_hook *)any;
    apus_context *context = (apus_context *)any;
    apus_level *level = (apus_level *)any;
    apus_pushforward *pushforward = (apus_pushforward *)any;
    apus_tensor *results[4];
    size_t count = 4;
    int64_t number;
    char text[16];

    IS_ERROR(apus_node_name(node, text, sizeof text));
    IS_ERROR(apus_node_sequence_nr(node));
    IS_ERROR(apus_node_next_count(node));
    IS_ERROR(apus_node_next(node, 0, &number));
    IS_ERROR(apus_node_variable(node));
    IS_ERROR(apus_node_is_same(node, node));
    IS_ERROR(apus_node_id(node));
    IS_ERROR(apus_node_user(node));
    IS_ERROR(apus_node_set_user(node, NULL, destroy));
    IS_ERROR(apus_node_context(node));
    IS_ERROR(apus_node_origin(node, text, sizeof text));
    IS_ERROR(apus_node_saved_count(node));
    IS_ERROR(apus_node_saved_name(node, 0, text, sizeof text));
    IS_ERROR(apus_node_saved_is_tensor(node, 0));
    IS_ERROR(apus_node_saved_text(node, 0, text, sizeof text));
    IS_ERROR(apus_node_saved(node, 0));
    IS_ERROR(apus_node_saved_register_hooks(node, 0, pack, unpack, NULL, NULL,
                                            destroy));
    IS_ERROR(apus_node_register_hook(node, node_hook, NULL, destroy));
    IS_ERROR(apus_node_register_prehook(node, node_prehook, NULL, destroy));
    IS_ERROR(apus_hook_set_name(hook, "name"));
    IS_ERROR(apus_hook_remove(hook));
    IS_ERROR(apus_context_save_for_backward(context, NULL, 0));
    IS_ERROR(apus_context_save_for_forward(context, NULL, 0));
    IS_ERROR(apus_context_saved_count(context));
    IS_ERROR(apus_context_saved(context, 0));
    IS_ERROR(apus_context_mark_dirty(context, NULL, 0));
    IS_ERROR(apus_context_mark_non_differentiable(context, NULL, 0));
    IS_ERROR(apus_context_set_materialize_grads(context, true));
    IS_ERROR(apus_context_needs_input_grad(context, 0));
    IS_ERROR(apus_context_user(context));
    IS_ERROR(apus_context_set_user(context, NULL, destroy));
    IS_ERROR(apus_level_pop(level));
    IS_ERROR(apus_level_wrap(level, any, 0));
    IS_ERROR(apus_level_unwrap(level, any, 0));
    IS_ERROR(apus_level_owns(level, any));
    IS_ERROR(apus_level_dual(level, any, any));
    IS_ERROR(apus_level_tangent(level, any));
    IS_ERROR(apus_level_gradients(level, &any, 1, NULL, &any, 1, false,
                                  results));
    IS_ERROR(apus_pushforward_apply(pushforward, &any, 1, results, &count));
    if (as_tensor) return; /* it is one */

    IS_ERROR(apus_grad_fn(any));
    IS_ERROR(apus_gradient_edge(any, &number));
    IS_ERROR(apus_register_hook(any, tensor_hook, NULL, destroy));
    IS_ERROR(apus_register_post_accumulate_grad_hook(any, leaf_hook, NULL,
                                                     destroy));
    IS_ERROR(apus_register_multi_grad_hook(&any, 1, 0, multi_hook, NULL,
                                           destroy));
    IS_ERROR(apus_graph_dot(any));
    IS_ERROR(apus_detach_(any));
    IS_ERROR(apus_variable_data(any));
    IS_ERROR(apus_set_data(any, any));
    IS_ERROR(apus_increment_version(any));
    IS_ERROR(apus_grad_dtype(any));
    IS_ERROR(apus_set_grad_dtype(any, APUS_FLOAT32));
    IS_ERROR(apus_is_inference(any));
    IS_ERROR(apus_make_dual(any, any));
    IS_ERROR(apus_unpack_dual(any, results, results));
    IS_ERROR(apus_jacrev(map, NULL, any));
    IS_ERROR(apus_jacfwd(map, NULL, any));
    IS_ERROR(apus_hessian(map, NULL, any));
    IS_ERROR(apus_hvp(map, NULL, any, any));
    IS_ERROR(apus_vhp(map, NULL, any, any));
    IS_ERROR(apus_func_grad(function, NULL, &any, 1, NULL, 0, results));
    IS_ERROR(apus_vjp(function, NULL, &any, 1, &any, 1, results, &count,
                      results));
    IS_ERROR(apus_jvp(function, NULL, &any, &any, 1, results, results,
                      &count));
    IS_ERROR(apus_linearize(function, NULL, &any, 1, results, &count));
    IS_ERROR(apus_vmap(function, NULL, &any, 1, results, &count, NULL));
    IS_ERROR(apus_checkpoint(function, NULL, destroy, &any, 1, results, &count,
                             NULL));
}

TEST(null)
{
    any = NULL;
    call_everything(false);
    CHECK_INT(apus_level_pop(NULL), APUS_ERROR_NULL);
    apus_error_clear();
    CHECK_INT(apus_node_retain(NULL), APUS_ERROR_NULL);
    apus_error_clear();
    CHECK_INT(apus_node_release(NULL), APUS_OK);
    CHECK_INT(apus_hook_release(NULL), APUS_OK);
    CHECK_INT(apus_level_release(NULL), APUS_OK);
    CHECK_INT(apus_context_release(NULL), APUS_OK);
    CHECK_INT(apus_pushforward_release(NULL), APUS_OK);
}

TEST(a_tensor)
{
    any = FLOATS(1, 2);
    call_everything(true);
}

TEST(a_generator)
{
    any = (apus_tensor *)apus_generator_new(1);
    call_everything(false);
}

TEST(a_released_handle)
{
    any = FLOATS(1, 2);
    apus_release(any);
    call_everything(false);
}

TEST(an_address_of_something_else)
{
    static int64_t something[8];

    any = (apus_tensor *)something;
    call_everything(false);
    any = (apus_tensor *)((char *)something + 1);
    call_everything(false);
    any = (apus_tensor *)(uintptr_t)0x10;
    call_everything(false);
    any = (apus_tensor *)UINTPTR_MAX;
    call_everything(false);
}

TEST(functions_that_lie)
{
    apus_tensor *x = FLOATS(1, 2), *results[4];
    size_t count = 4;
    int something = 0;

    any = x;
    IS_ERROR(apus_jacrev(map, NULL, x));
    IS_ERROR(apus_jacrev(map, &something, x));
    IS_ERROR(apus_jacfwd(map, apus_generator_new(1), x));
    IS_ERROR(apus_hessian(map, (void *)1, x));
    IS_ERROR(apus_func_grad(function, NULL, &x, 1, NULL, 0, results));
    IS_ERROR(apus_vmap(function, NULL, &x, 1, results, &count, NULL));
    IS_ERROR(apus_checkpoint(function, NULL, NULL, &x, 1, results, &count,
                             NULL));
    apus_requires_grad_(x, true);
    IS_ERROR(apus_gradcheck(function, NULL, &x, 1, NULL));
}

TEST(huge_counts)
{
    apus_tensor *x = FLOATS(1, 2), *results[4];
    apus_backward_options options = {.struct_size = sizeof options};
    apus_node *node = NULL;
    size_t count = SIZE_MAX;

    IS_ERROR(apus_func_grad(function, NULL, &x, SIZE_MAX, NULL, 0, results));
    IS_ERROR(apus_func_grad(function, NULL, &x, 1, (int64_t[]){0}, SIZE_MAX,
                            results));
    IS_ERROR(apus_vmap(function, NULL, &x, SIZE_MAX, results, &count, NULL));
    IS_ERROR(apus_vmap(function, NULL, NULL, 1, results, &count, NULL));
    IS_ERROR(apus_register_multi_grad_hook(&x, SIZE_MAX, 0, multi_hook, NULL,
                                           destroy));
    options.tensor_nodes = &node;
    IS_ERROR(apus_backward_opt(NULL, SIZE_MAX, NULL, &options));
    IS_ERROR(apus_backward_opt(NULL, 1, NULL, &options));
    int64_t number = 7;
    apus_requires_grad_(x, true);
    node = apus_gradient_edge(x, NULL);
    options.tensor_numbers = &number;
    IS_ERROR(apus_backward_opt(NULL, 1, NULL, &options));
    apus_vmap_options vmap = {.struct_size = sizeof vmap,
                              .out_dims = (int64_t[]){0},
                              .out_dim_count = SIZE_MAX};
    IS_ERROR(apus_vmap(function, NULL, &x, 1, results, &count, &vmap));
    vmap = (apus_vmap_options){.struct_size = sizeof vmap,
                               .chunk_size = INT64_MIN};
    IS_ERROR(apus_vmap(function, NULL, &x, 1, results, &count, &vmap));
    vmap = (apus_vmap_options){.struct_size = sizeof vmap,
                               .in_dims = (int64_t[]){INT64_MAX}};
    IS_ERROR(apus_vmap(function, NULL, &x, 1, results, &count, &vmap));
    apus_level *level = apus_level_push(APUS_LEVEL_BATCHING, INT64_MAX, 0);
    IS_ERROR(apus_level_wrap(level, x, 0));
    IS_ERROR(apus_level_wrap(level, x, INT64_MAX));
    IS_ERROR(apus_level_unwrap(level, x, 0));
    apus_level_pop(level);
}
