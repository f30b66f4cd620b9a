/* The graph of recorded operations: its nodes, hooks that see gradients on
 * their way, what nodes save, and where errors come from. See apus.h for
 * lifetime, errors, threads and callbacks. */
#ifndef APUS_GRAPH_H
#define APUS_GRAPH_H

#include "../apus.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Nodes -------------------------------------------------------------- */

/* The node of the operation that made a tensor; NULL without an error for a
 * leaf. Fails for a view whose base was changed in a way that can't be
 * recorded. */
apus_node *apus_grad_fn(const apus_tensor *tensor);

/* Where a tensor's gradient goes: a node, which for a leaf is its accumulator,
 * and, through `number`, which of the node's results the tensor is. Such an
 * edge may take the tensor's place in the options of apus_backward_opt() and
 * apus_autograd_grad_opt(). Fails for a tensor that requires no gradient. */
apus_node *apus_gradient_edge(const apus_tensor *tensor, int64_t *number);

/* PyTorch's name, such as "MulBackward0" or "torch::autograd::AccumulateGrad";
 * written like apus_format() does. */
size_t apus_node_name(const apus_node *node, char *buffer, size_t size);

/* Nodes of a thread are numbered as they are made, and the latest runs first;
 * INT64_MAX for an accumulator, which runs at once. -1 on error. */
int64_t apus_node_sequence_nr(const apus_node *node);

/* How many arguments of the operation have a derivative; -1 on error. */
int64_t apus_node_next_count(const apus_node *node);

/* Where the gradient of argument `index` goes, and which result of that node
 * the argument was. NULL without an error when nobody wants it. */
apus_node *apus_node_next(const apus_node *node, int64_t index,
                          int64_t *number);

/* The leaf of an accumulator; NULL without an error for other nodes, and when
 * the leaf is no more. */
apus_tensor *apus_node_variable(const apus_node *node);

/* Whether both handles are of one node. */
bool apus_node_is_same(const apus_node *self, const apus_node *other);

/* A number that no other node has as long as this one lives; 0 on error. */
uint64_t apus_node_id(const apus_node *node);

/* What the program keeps with a node for as long as the node lives; NULL when
 * there is nothing. Setting replaces, and destroys what was there. */
void *apus_node_user(const apus_node *node);
apus_status apus_node_set_user(apus_node *node, void *user,
                               void (*destroy)(void *user));

/* As apus_retain() and apus_release(). */
apus_status apus_node_retain(apus_node *node);
apus_status apus_node_release(apus_node *node);

/* ---- What a node saved -------------------------------------------------- */

/* How many tensors and other values the derivative may need, by the alphabet;
 * -1 on error. */
int64_t apus_node_saved_count(const apus_node *node);

/* The name of one, such as "self", "other" or "result"; written like
 * apus_format() does. */
size_t apus_node_saved_name(const apus_node *node, int64_t index, char *buffer,
                            size_t size);

/* Whether it is a tensor; other values are numbers, lists and texts. */
bool apus_node_saved_is_tensor(const apus_node *node, int64_t index);

/* Any of them as Python writes it, such as "2.5", "(0, 1)" or "None"; written
 * like apus_format() does. */
size_t apus_node_saved_text(const apus_node *node, int64_t index, char *buffer,
                            size_t size);

/* The saved tensor, in the graph where it was; NULL without an error when the
 * value was not given or is not a tensor. Fails when it was freed, or changed
 * since. */
apus_tensor *apus_node_saved(const apus_node *node, int64_t index);

/* The graph that leads to a tensor, in the language of Graphviz, with shapes
 * and with the bytes that each node saved. In memory that the collector frees;
 * NULL on error. */
const char *apus_graph_dot(const apus_tensor *tensor);

/* ---- Hooks -------------------------------------------------------------- */

/* A hook that was registered. The handle is collected like a tensor; the hook
 * stays until it is removed or the graph it belongs to ends. */
typedef struct apus_hook apus_hook;

/* Gets a gradient on its way. May set `*replacement`, which is NULL, to another
 * tensor of the same size and dtype to go on in its place. */
typedef apus_status (*apus_tensor_hook)(void *payload, apus_tensor *grad,
                                        apus_tensor **replacement);

/* Gets a leaf whose gradient was just accumulated. */
typedef apus_status (*apus_accumulation_hook)(void *payload,
                                              apus_tensor *leaf);

/* Gets the gradients of a node's results before the node runs; NULL where there
 * is none. To replace them it fills `replacements`, which has room for as many
 * and begins as NULLs, and sets `*replaced`, which begins as false. */
typedef apus_status (*apus_node_prehook)(void *payload,
                                         apus_tensor *const *grad_outputs,
                                         size_t output_count,
                                         apus_tensor **replacements,
                                         bool *replaced);

/* Gets the gradients of a node's arguments and results after the node ran. What
 * it may replace, in the same way, are those of the arguments. */
typedef apus_status (*apus_node_hook)(void *payload,
                                      apus_tensor *const *grad_inputs,
                                      size_t input_count,
                                      apus_tensor *const *grad_outputs,
                                      size_t output_count,
                                      apus_tensor **replacements,
                                      bool *replaced);

/* Gets the gradients of several tensors: all of them at once, NULL for one that
 * nothing reached, or the first that arrives. */
typedef apus_status (*apus_multi_grad_hook)(void *payload,
                                            apus_tensor *const *grads,
                                            size_t count);

/* Calls `hook` with the tensor's gradient whenever one was computed, before
 * everything else sees it. Hooks run in the order of registration. Later
 * in-place changes of the tensor do not move a hook. Fails for a tensor that
 * requires no gradient. */
apus_hook *apus_register_hook(apus_tensor *tensor, apus_tensor_hook hook,
                              void *payload, void (*destroy)(void *payload));

/* Calls `hook` after a pass added to the leaf's gradient. Fails for a tensor
 * that an operation made. */
apus_hook *apus_register_post_accumulate_grad_hook(
    apus_tensor *tensor, apus_accumulation_hook hook, void *payload,
    void (*destroy)(void *payload));

/* Calls `hook` before, or after, a node runs. */
apus_hook *apus_node_register_prehook(apus_node *node, apus_node_prehook hook,
                                      void *payload,
                                      void (*destroy)(void *payload));
apus_hook *apus_node_register_hook(apus_node *node, apus_node_hook hook,
                                   void *payload,
                                   void (*destroy)(void *payload));

enum {
    APUS_MULTI_GRAD_ALL = 0, /* once all gradients of a pass are there */
    APUS_MULTI_GRAD_ANY = 1  /* when the first of a pass arrives */
};

/* Calls `hook` once in each pass that computes gradients of the tensors. */
apus_hook *apus_register_multi_grad_hook(apus_tensor *const *tensors,
                                         size_t count, int32_t mode,
                                         apus_multi_grad_hook hook,
                                         void *payload,
                                         void (*destroy)(void *payload));

/* What messages call the hook, such as "<lambda>"; at first "hook". */
apus_status apus_hook_set_name(apus_hook *hook, const char *name);

/* Takes the hook back, and with it its payload. Nothing happens when that was
 * done already, or when the graph has ended. */
apus_status apus_hook_remove(apus_hook *hook);

/* Gives an owned handle back; the hook stays. See apus_release(). */
apus_status apus_hook_release(apus_hook *hook);

/* Has `callback` called once, at the end of the pass that runs on this thread.
 * Fails outside of one. */
apus_status apus_queue_callback(apus_status (*callback)(void *payload),
                                void *payload, void (*destroy)(void *payload));

/* ---- Hooks for saved tensors -------------------------------------------- */

/* Gets a tensor that a node saves, and sets `*packed` to whatever takes its
 * place: a copy of lower precision, the name of a file. The tensor itself is a
 * choice: `apus_retain(tensor)` when handles are OWNED, `*packed = tensor`. It
 * must not change the tensor. A node's own result comes without its history. */
typedef apus_status (*apus_pack_hook)(void *payload, apus_tensor *tensor,
                                      void **packed);

/* Makes a tensor of what was packed, each time that one is needed. */
typedef apus_status (*apus_unpack_hook)(void *payload, void *packed,
                                        apus_tensor **tensor);

/* Has every tensor that is saved on this thread from now on packed, in place of
 * the hooks in force before, until the pop. `drop(payload, packed)`, which may
 * be NULL, is called once when a packed value is needed no more; a packed value
 * in apus_alloc()ed memory keeps what it points to. `destroy` is called when
 * the hooks were popped and all that they packed was dropped. */
apus_status apus_saved_tensors_hooks_push(
    apus_pack_hook pack, apus_unpack_hook unpack,
    void (*drop)(void *payload, void *packed), void *payload,
    void (*destroy)(void *payload));
void apus_saved_tensors_hooks_pop(void);

/* Makes such hooks an error with this message on this thread, until the
 * enable. Fails with the message when there are some. */
apus_status apus_saved_tensors_hooks_disable(const char *message);
void apus_saved_tensors_hooks_enable(void);

/* Packs one saved tensor of a node now. Fails when it is packed already, is
 * not there, or was freed. */
apus_status apus_node_saved_register_hooks(
    apus_node *node, int64_t index, apus_pack_hook pack,
    apus_unpack_hook unpack, void (*drop)(void *payload, void *packed),
    void *payload, void (*destroy)(void *payload));

/* ---- Anomaly mode ------------------------------------------------------- */

/* torch.autograd.set_detect_anomaly, on this thread: every node made from now
 * on remembers its origin, and with `check_nan` a pass fails at the first nan
 * that a node returns. */
void apus_set_anomaly_enabled(bool enabled, bool check_nan);
bool apus_is_anomaly_enabled(void);
bool apus_is_anomaly_check_nan_enabled(void);

/* What the nodes that this thread makes in anomaly mode remember as their
 * origin: the place in the program, say. NULL: nothing. Copied. */
void apus_set_label(const char *label);

/* Has `provider` asked for the label of each node instead; the text that it
 * returns, or NULL, is copied at once. A NULL provider ends that, and a
 * replaced provider's payload is destroyed. */
apus_status apus_set_label_provider(const char *(*provider)(void *payload),
                                    void *payload,
                                    void (*destroy)(void *payload));

/* The origin of the node in which this thread's last failing pass in anomaly
 * mode failed; NULL when it has none. In memory that the collector frees. */
const char *apus_error_origin(void);

/* The origin of a node; written like apus_format() does, 0 when it has none. */
size_t apus_node_origin(const apus_node *node, char *buffer, size_t size);

/* ---- Profiler ----------------------------------------------------------- */

/* Zero fields mean the default. */
typedef struct apus_profiler_options {
    size_t struct_size;  /* sizeof(apus_profiler_options) */
    bool record_shapes;  /* tell calls with different shapes apart */
    bool profile_memory; /* count bytes of elements, too */
} apus_profiler_options;

/* Counts and times every operation of this thread, forward and backward, from
 * now on; what was measured before is forgotten. Fails when it runs already, or
 * runs not. `options` may be NULL. */
apus_status apus_profiler_start(const apus_profiler_options *options);
apus_status apus_profiler_stop(void);

/* What was measured on this thread: a table, sorted by a column such as
 * "self_cpu_time_total", "cpu_time_total" or "count" (NULL: in the order of the
 * first call), with at most `row_limit` rows, or all for -1; and events in the
 * JSON that Chrome's and Perfetto's trace viewers read. In memory that the
 * collector frees; NULL on error. */
const char *apus_profiler_table(const char *sort_by, int64_t row_limit);
const char *apus_profiler_trace(void);

/* Names a stretch of the program in the measurements; they nest. Free of cost
 * when no profiler runs. */
void apus_record_function_begin(const char *name);
void apus_record_function_end(void);

#ifdef __cplusplus
}
#endif

#endif
