/* The graph as the program sees it: nodes, edges, what they save, where they
 * come from. */
#include "harness.h"

#include <math.h>

static apus_tensor *leaf(float a, float b)
{
    apus_tensor *x = FLOATS(a, b);

    apus_requires_grad_(x, true);
    return x;
}

static const char *name_of(const apus_node *node)
{
    static char name[100];

    name[0] = 0;
    apus_node_name(node, name, sizeof name);
    return name;
}

/* ---- Nodes -------------------------------------------------------------- */

TEST(the_nodes_of_a_graph)
{
    apus_tensor *x = leaf(1, 2), *w = FLOATS(3, 4);
    apus_tensor *y = apus_exp(apus_mul(w, x));
    apus_node *exp = apus_grad_fn(y);
    int64_t number = -1;

    CHECK_TEXT(name_of(exp), "ExpBackward0");
    CHECK_INT(apus_node_next_count(exp), 1);
    apus_node *mul = apus_node_next(exp, 0, &number);
    CHECK_TEXT(name_of(mul), "MulBackward0");
    CHECK_INT(number, 0);
    CHECK_INT(apus_node_next_count(mul), 2);
    CHECK(!apus_node_next(mul, 0, NULL)); /* w requires no gradient */
    CHECK_INT(apus_error_code(), APUS_OK);
    apus_node *accumulator = apus_node_next(mul, 1, NULL);
    CHECK_TEXT(name_of(accumulator), "torch::autograd::AccumulateGrad");
    CHECK(apus_is_same(apus_node_variable(accumulator), x));
    CHECK(!apus_node_variable(mul));
    CHECK(apus_node_sequence_nr(exp) > apus_node_sequence_nr(mul));
    CHECK_INT(apus_node_sequence_nr(accumulator), INT64_MAX);
    CHECK(!apus_grad_fn(x));
    CHECK_INT(apus_error_code(), APUS_OK);
}

TEST(one_node_has_several_handles)
{
    apus_tensor *x = leaf(1, 2), *y = apus_exp(x), *z = apus_exp(x);

    CHECK(apus_node_is_same(apus_grad_fn(y), apus_grad_fn(y)));
    CHECK(!apus_node_is_same(apus_grad_fn(y), apus_grad_fn(z)));
    CHECK(apus_node_id(apus_grad_fn(y)) == apus_node_id(apus_grad_fn(y)));
    CHECK(apus_node_id(apus_grad_fn(y)) != apus_node_id(apus_grad_fn(z)));
    CHECK(apus_node_is_same(apus_node_next(apus_grad_fn(y), 0, NULL),
                            apus_node_next(apus_grad_fn(z), 0, NULL)));
}

TEST(a_node_keeps_its_graph)
{
    static apus_node *node;

    node = apus_grad_fn(apus_mul(apus_exp(leaf(1, 2)), apus_exp(leaf(3, 4))));
    scrub_stack();
    apus_collect();
    CHECK_TEXT(name_of(apus_node_next(node, 1, NULL)), "ExpBackward0");
    /* Nothing else keeps the leaf, whose accumulator is still there. */
    apus_node *accumulator =
        apus_node_next(apus_node_next(node, 0, NULL), 0, NULL);
    CHECK_TEXT(name_of(accumulator), "torch::autograd::AccumulateGrad");
    CHECK(!apus_node_variable(accumulator));
    CHECK_INT(apus_error_code(), APUS_OK);
}

TEST(edges_take_the_place_of_tensors)
{
    apus_tensor *x = leaf(1, 2), *y = apus_mul_scalar(x, 3);
    apus_tensor *z = apus_sum(apus_mul(y, y));
    int64_t number_of_z = -1, number_of_y = -1;
    apus_node *node_of_z = apus_gradient_edge(z, &number_of_z);
    apus_node *node_of_y = apus_gradient_edge(y, &number_of_y);
    apus_tensor *nothing = NULL, *gradient = NULL;
    apus_autograd_grad_options options = {.struct_size = sizeof options,
                                          .retain_graph = 1,
                                          .output_nodes = &node_of_z,
                                          .output_numbers = &number_of_z,
                                          .input_nodes = &node_of_y,
                                          .input_numbers = &number_of_y};

    CHECK_INT(number_of_z, 0);
    CHECK_INT(apus_autograd_grad_opt(&nothing, 1, &nothing, 1, &gradient,
                                     &options),
              APUS_OK);
    SHOWS(gradient, "tensor([ 6., 12.])");
    options.output_nodes = NULL;
    CHECK_INT(apus_autograd_grad_opt(&z, 1, &nothing, 1, &gradient, &options),
              APUS_OK);
    SHOWS(gradient, "tensor([ 6., 12.])");

    apus_backward_options back = {.struct_size = sizeof back,
                                  .tensor_nodes = &node_of_z,
                                  .tensor_numbers = &number_of_z};
    CHECK_INT(apus_backward_opt(&nothing, 1, NULL, &back), APUS_OK);
    SHOWS(apus_grad(x), "tensor([18., 36.])");
    FAILS(apus_gradient_edge(FLOATS(1), NULL), APUS_ERROR_RUNTIME,
          "It is not possible to get the gradient edge for a Tensor that does "
          "not require gradients");
}

TEST(gradients_in_a_batch)
{
    apus_tensor *x = leaf(1, 2), *y = apus_mul(x, x), *jacobian;
    apus_tensor *seeds = apus_eye(2, APUS_FLOAT32);
    apus_autograd_grad_options options = {.struct_size = sizeof options,
                                          .grad_outputs = &seeds,
                                          .retain_graph = 1,
                                          .is_grads_batched = true};

    CHECK_INT(apus_autograd_grad_opt(&y, 1, &x, 1, &jacobian, &options),
              APUS_OK);
    SHOWS(jacobian, "tensor([[2., 0.],\n        [0., 4.]])");
    apus_tensor *unbatched = FLOATS(1, 1);
    options.grad_outputs = &unbatched;
    FAILS(apus_autograd_grad_opt(&y, 1, &x, 1, &jacobian, &options),
          APUS_ERROR_RUNTIME,
          "If `is_grads_batched=True`, we interpret the first dimension of "
          "each grad_output as the batch dimension. The sizes of the remaining "
          "dimensions are expected to match the shape of corresponding output, "
          "but a mismatch was detected: grad_output[0] has a shape of "
          "torch.Size([]) and output[0] has a shape of torch.Size([2]). If you "
          "only want some tensors in `grad_output` to be considered batched, "
          "consider using vmap.");
}

static int destroyed;

static void destroy(void *user)
{
    destroyed += *(int *)user;
}

TEST(what_the_program_keeps_with_a_node)
{
    int one = 1, ten = 10;
    apus_tensor *y = apus_exp(leaf(1, 2));
    apus_node *node = apus_grad_fn(y), *again = apus_grad_fn(y);

    destroyed = 0;
    CHECK(!apus_node_user(node));
    CHECK_INT(apus_node_set_user(node, &one, destroy), APUS_OK);
    CHECK(apus_node_user(again) == &one);
    CHECK_INT(apus_node_set_user(again, &ten, destroy), APUS_OK);
    CHECK_INT(destroyed, 1);
    CHECK(apus_node_user(node) == &ten);
    apus_release(y);
    apus_node_release(node);
    CHECK_INT(destroyed, 1);
    apus_node_release(again);
    CHECK_INT(destroyed, 11);
}

TEST(nonsense_is_an_error)
{
    apus_tensor *x = leaf(1, 2);
    apus_node *node = apus_grad_fn(apus_exp(x));
    char buffer[8];

    CHECK_INT(apus_node_name(node, buffer, sizeof buffer),
              strlen("ExpBackward0"));
    CHECK_TEXT(buffer, "ExpBack");
    CHECK_INT(apus_node_name(node, NULL, 0), strlen("ExpBackward0"));
    FAILS(apus_node_next(node, 1, NULL), APUS_ERROR_INDEX,
          "node has no argument 1");
    FAILS(apus_node_next(node, -1, NULL), APUS_ERROR_INDEX,
          "node has no argument -1");
    FAILS(apus_node_name(NULL, NULL, 0), APUS_ERROR_NULL,
          "argument 'node' is NULL");
    FAILS(apus_node_next_count((apus_node *)x), APUS_ERROR_TYPE,
          "argument 'node' is a handle of another type");
    FAILS(apus_sum((apus_tensor *)node), APUS_ERROR_TYPE,
          "argument 'self' is a handle of another type");
    FAILS(apus_hook_remove((apus_hook *)node), APUS_ERROR_TYPE,
          "argument 'hook' is a handle of another type");
    CHECK_INT(apus_node_sequence_nr((apus_node *)buffer), -1);
    CHECK_INT(apus_error_code(), APUS_ERROR_HANDLE);
    apus_error_clear();
    apus_node_release(node);
    FAILS(apus_node_variable(node), APUS_ERROR_HANDLE,
          "tensor handle was released already");
}

/* ---- Anomaly mode ------------------------------------------------------- */

TEST(the_origin_of_a_nan)
{
    char origin[64];
    apus_tensor *x = leaf(0, 2);

    CHECK(!apus_is_anomaly_enabled());
    CHECK(!apus_error_origin());
    apus_set_anomaly_enabled(true, true);
    CHECK(apus_is_anomaly_enabled() && apus_is_anomaly_check_nan_enabled());
    apus_set_label("model.c:12");
    apus_tensor *y = apus_sqrt(x);
    apus_set_label("model.c:13");
    apus_tensor *z = apus_sum(apus_mul_scalar(y, 0));
    apus_set_label(NULL);

    CHECK_INT(apus_node_origin(apus_grad_fn(y), origin, sizeof origin), 10);
    CHECK_TEXT(origin, "model.c:12");
    FAILS(apus_backward(z), APUS_ERROR_RUNTIME,
          "Function 'SqrtBackward0' returned nan values in its 0th output.");
    CHECK_TEXT(apus_error_origin(), "model.c:12");
    apus_set_anomaly_enabled(false, true);
    CHECK(!apus_is_anomaly_enabled());

    char warning[200];
    CHECK(apus_take_warning(NULL, 0) > 0);
    CHECK(apus_take_warning(warning, sizeof warning) > 0);
    CHECK_TEXT(warning, "Error detected in SqrtBackward0. Traceback of forward "
                        "call that caused the error:\nmodel.c:12");
    CHECK_INT(apus_take_warning(warning, sizeof warning), 0);
}

static const char *provider(void *payload)
{
    return *(int *)payload ? "provided" : NULL;
}

TEST(labels_from_a_provider)
{
    int yes = 1;
    char origin[64];

    destroyed = 0;
    apus_set_anomaly_enabled(true, false);
    CHECK(!apus_is_anomaly_check_nan_enabled());
    CHECK_INT(apus_set_label_provider(provider, &yes, destroy), APUS_OK);
    apus_node *node = apus_grad_fn(apus_exp(leaf(1, 2)));
    CHECK_INT(apus_node_origin(node, origin, sizeof origin), 8);
    CHECK_TEXT(origin, "provided");
    CHECK_INT(apus_set_label_provider(NULL, NULL, NULL), APUS_OK);
    CHECK_INT(destroyed, 1);
    node = apus_grad_fn(apus_exp(leaf(1, 2)));
    CHECK_INT(apus_node_origin(node, origin, sizeof origin), 0);
    apus_set_anomaly_enabled(false, true);
}

/* ---- What nodes saved --------------------------------------------------- */

static const char *saved_name(const apus_node *node, int64_t index)
{
    static char name[40];

    name[0] = 0;
    apus_node_saved_name(node, index, name, sizeof name);
    return name;
}

TEST(saved_values_have_names)
{
    apus_tensor *x = leaf(1, 2), *w = leaf(3, 4), *y = apus_mul(x, w);
    apus_node *node = apus_grad_fn(y);

    CHECK_INT(apus_node_saved_count(node), 2);
    CHECK_TEXT(saved_name(node, 0), "other");
    CHECK_TEXT(saved_name(node, 1), "self");
    CHECK(apus_node_saved_is_tensor(node, 0));
    SHOWS(apus_node_saved(node, 0), "tensor([3., 4.], requires_grad=True)");
    FAILS(apus_node_saved(node, 2), APUS_ERROR_INDEX,
          "node has no saved value 2");
    FAILS(apus_node_saved_name(node, -1, NULL, 0), APUS_ERROR_INDEX,
          "node has no saved value -1");
    apus_backward(apus_sum(y));
    FAILS(apus_node_saved(node, 0), APUS_ERROR_RUNTIME,
          "Trying to backward through the graph a second time (or directly "
          "access saved tensors after they have already been freed). Saved "
          "intermediate values of the graph are freed when you call .backward() "
          "or autograd.grad(). Specify retain_graph=True if you need to "
          "backward through the graph a second time or if you need to access "
          "saved tensors after calling backward.");
    CHECK_INT(apus_node_saved_count(apus_gradient_edge(x, NULL)), 0);
}

TEST(saved_numbers_are_texts)
{
    char text[40];
    apus_node *node = apus_grad_fn(apus_pow_scalar(leaf(1, 2), 3));

    CHECK_INT(apus_node_saved_count(node), 2);
    CHECK_TEXT(saved_name(node, 0), "exponent");
    CHECK(!apus_node_saved_is_tensor(node, 0));
    CHECK_INT(apus_node_saved_text(node, 0, text, sizeof text), 1);
    CHECK_TEXT(text, "3");
    CHECK(!apus_node_saved(node, 0));
    CHECK_INT(apus_error_code(), APUS_OK);
}

static int packed;

static apus_status pack(void *payload, apus_tensor *tensor, void **result)
{
    (void)payload;
    packed++;
    *result = tensor;
    return APUS_OK;
}

static apus_status unpack(void *payload, void *value, apus_tensor **tensor)
{
    (void)payload;
    *tensor = apus_mul_scalar(value, 10);
    return apus_error_code();
}

TEST(one_saved_tensor_is_packed)
{
    apus_tensor *x = leaf(1, 2), *y = apus_exp(x);
    apus_node *node = apus_grad_fn(y);
    int one = 1;

    packed = destroyed = 0;
    CHECK_INT(apus_node_saved_register_hooks(node, 0, pack, unpack, NULL, &one,
                                             destroy),
              APUS_OK);
    CHECK_INT(packed, 1);
    FAILS(apus_node_saved_register_hooks(node, 0, pack, unpack, NULL, NULL,
                                         NULL),
          APUS_ERROR_RUNTIME,
          "Calling register_hooks on a saved tensor whose hooks have already "
          "been set. Hint: only one pair of hooks is allowed at a time.");
    CHECK_INT(apus_backward(apus_sum(y)), APUS_OK);
    SHOWS(apus_grad(x), "tensor([27.1828, 73.8906])");
    CHECK_INT(destroyed, 1);

    node = apus_grad_fn(apus_pow_scalar(x, 3));
    FAILS(apus_node_saved_register_hooks(node, 0, pack, unpack, NULL, &one,
                                         destroy),
          APUS_ERROR_RUNTIME,
          "the node's value 'exponent' is not a saved tensor");
    CHECK_INT(destroyed, 2);
    y = apus_exp(x);
    apus_backward(apus_sum(y));
    FAILS(apus_node_saved_register_hooks(apus_grad_fn(y), 0, pack, unpack,
                                         NULL, NULL, NULL),
          APUS_ERROR_RUNTIME,
          "Calling register_hooks on a saved tensor after it has been freed. "
          "Saved intermediate values of the graph are freed when you call "
          ".backward() or autograd.grad(). Specify retain_graph=True if you "
          "need to backward through the graph a second time or if you need to "
          "access saved variables after calling backward.");
}

/* ---- Drawings, measurements --------------------------------------------- */

TEST(a_drawing)
{
    const char *dot = apus_graph_dot(apus_sum(apus_exp(leaf(1, 2))));

    CHECK(dot && strncmp(dot, "digraph {", 9) == 0);
    CHECK(dot && strstr(dot, "SumBackward0") && strstr(dot, "ExpBackward0") &&
          strstr(dot, "AccumulateGrad") && strstr(dot, "->"));
    FAILS(apus_graph_dot(NULL), APUS_ERROR_NULL, "argument 'tensor' is NULL");
}

TEST(a_profile)
{
    apus_tensor *x = leaf(1, 2);
    apus_profiler_options options = {.struct_size = sizeof options,
                                     .record_shapes = true,
                                     .profile_memory = true};

    FAILS(apus_profiler_stop(), APUS_ERROR_RUNTIME,
          "Can't disable the profiler when it's not running.");
    FAILS(apus_profiler_table(NULL, -1), APUS_ERROR_RUNTIME,
          "the profiler has measured nothing on this thread");
    CHECK_INT(apus_profiler_start(&options), APUS_OK);
    FAILS(apus_profiler_start(NULL), APUS_ERROR_RUNTIME,
          "Profiler is already enabled on this thread.");
    apus_record_function_begin("block");
    apus_backward(apus_sum(apus_exp(x)));
    apus_record_function_end();
    CHECK_INT(apus_profiler_stop(), APUS_OK);
    apus_record_function_begin("nothing");
    apus_record_function_end();

    const char *table = apus_profiler_table("count", -1);
    CHECK(table && strstr(table, "block") && strstr(table, "exp") &&
          strstr(table, "ExpBackward0") && strstr(table, "# of Calls") &&
          strstr(table, "CPU Mem") && strstr(table, "Input Shapes"));
    CHECK(strlen(apus_profiler_table("count", 1)) < strlen(table));
    CHECK(strstr(apus_profiler_trace(), "\"traceEvents\""));
    apus_profiler_table("colour", -1);
    CHECK_INT(apus_error_code(), APUS_ERROR_VALUE);
    apus_error_clear();
}
