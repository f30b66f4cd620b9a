/* Functions with derivatives of the program's own, and checkpoints. See apus.h
 * for lifetime, errors, threads and callbacks. */
#ifndef APUS_FUNCTION_H
#define APUS_FUNCTION_H

#include "../apus.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Functions ---------------------------------------------------------- */

/* What a function's forward leaves for its backward. It lives as long as the
 * node of the call; the handle that a callback gets is like a tensor's. */
typedef struct apus_context apus_context;

/* A function and its derivatives: PyTorch's torch.autograd.Function.
 *
 * What may be NULL is said; the struct is copied, its name too. Lists of
 * tensors that a callback fills begin as NULLs, and have the room that is said
 * or `*count`, which the callback sets. Recording is off in `forward`, and in
 * the others as in the pass that calls them. */
typedef struct apus_custom_function {
    size_t struct_size; /* sizeof(apus_custom_function) */

    /* "Cube" makes the node "CubeBackward". */
    const char *name;

    /* The results for the inputs. An input that is changed in place is marked
     * dirty and returned. With a `setup_context` the context is NULL. */
    apus_status (*forward)(void *payload, apus_context *context,
                           apus_tensor *const *inputs, size_t input_count,
                           apus_tensor **outputs, size_t *output_count);

    /* Saves what derivatives need. NULL: `forward` does it, and transforms
     * refuse the function. */
    apus_status (*setup_context)(void *payload, apus_context *context,
                                 apus_tensor *const *inputs,
                                 size_t input_count,
                                 apus_tensor *const *outputs,
                                 size_t output_count);

    /* The gradients of the inputs, NULL for none, from those of the outputs.
     * Where no gradient arrived there are zeros, or NULL; see
     * apus_context_set_materialize_grads(). NULL: the function can't be
     * differentiated backward. */
    apus_status (*backward)(void *payload, apus_context *context,
                            apus_tensor *const *grad_outputs,
                            size_t output_count, apus_tensor **grad_inputs,
                            size_t input_count);

    /* The tangents of the outputs from those of the inputs, which are NULL for
     * zero. NULL: no forward mode. */
    apus_status (*jvp)(void *payload, apus_context *context,
                       apus_tensor *const *tangents, size_t input_count,
                       apus_tensor **output_tangents, size_t output_count);

    /* The results for a batch: `in_dims` tells where each input has the
     * examples, or APUS_NO_DIM; sets `out_dims` to the same for the outputs.
     * NULL: see `generate_vmap_rule`. */
    apus_status (*vmap)(void *payload, int64_t batch_size, int32_t randomness,
                        const int64_t *in_dims, apus_tensor *const *inputs,
                        size_t input_count, apus_tensor **outputs,
                        size_t *output_count, int64_t *out_dims);

    /* Under vmap, the callbacks are called as they are with tensors that stand
     * for all examples. */
    bool generate_vmap_rule;

    /* `backward` computes with numbers only: its results can't be
     * differentiated. */
    bool once_differentiable;
} apus_custom_function;

/* Calls a function: writes its results into `outputs`, which has room for
 * `*output_count`, and sets `*output_count`. The payload is kept as long as the
 * node of the call. */
apus_status apus_custom_apply(const apus_custom_function *function,
                              void *payload, void (*destroy)(void *payload),
                              apus_tensor *const *inputs, size_t input_count,
                              apus_tensor **outputs, size_t *output_count);

/* ---- Contexts ----------------------------------------------------------- */

/* Saves tensors, NULLs among them, for `backward` and `vmap`'s; the last call
 * wins. Inputs and results are saved as nodes of operators save them: no cycle
 * comes of it, and a later change in place is noticed. */
apus_status apus_context_save_for_backward(apus_context *context,
                                           apus_tensor *const *tensors,
                                           size_t count);

/* The same for `jvp`. */
apus_status apus_context_save_for_forward(apus_context *context,
                                          apus_tensor *const *tensors,
                                          size_t count);

/* How many there are, and the tensors; NULL without an error for one that was
 * saved as NULL. Fails when they were freed, or changed since. */
size_t apus_context_saved_count(const apus_context *context);
apus_tensor *apus_context_saved(const apus_context *context, size_t index);

/* Tells which inputs `forward` changed in place, which it returns then. */
apus_status apus_context_mark_dirty(apus_context *context,
                                    apus_tensor *const *tensors, size_t count);

/* Tells which outputs have no derivative. Integers never have one. */
apus_status apus_context_mark_non_differentiable(apus_context *context,
                                                 apus_tensor *const *tensors,
                                                 size_t count);

/* Whether `backward` gets zeros where no gradient arrived: at first it does. */
apus_status apus_context_set_materialize_grads(apus_context *context,
                                               bool materialize);

/* Whether the gradient of an input is wanted; of no use for another number. */
bool apus_context_needs_input_grad(const apus_context *context, size_t index);

/* Whatever else the program keeps with the context. Setting replaces, and
 * destroys what was there. */
void *apus_context_user(const apus_context *context);
apus_status apus_context_set_user(apus_context *context, void *user,
                                  void (*destroy)(void *user));

/* The context of a custom function's node; NULL without an error for other
 * nodes. */
apus_context *apus_node_context(const apus_node *node);

/* As apus_retain() and apus_release(). */
apus_status apus_context_retain(apus_context *context);
apus_status apus_context_release(apus_context *context);

/* ---- Checkpoints -------------------------------------------------------- */

/* PyTorch's defaults where a field is zero; otherwise 1: yes, -1: no. */
typedef struct apus_checkpoint_options {
    size_t struct_size;         /* sizeof(apus_checkpoint_options) */
    int32_t preserve_rng_state; /* the same random numbers again: yes */
    int32_t determinism_check;  /* compare shapes and dtypes: yes */
    int32_t early_stop;         /* stop once all is computed again: yes */
} apus_checkpoint_options;

/* Calls a function and keeps its inputs instead of what its operations save;
 * the backward pass calls it once more to compute that again. PyTorch's
 * torch.utils.checkpoint with use_reentrant=False. `options` may be NULL. */
apus_status apus_checkpoint(apus_function function, void *payload,
                            void (*destroy)(void *payload),
                            apus_tensor *const *inputs, size_t input_count,
                            apus_tensor **outputs, size_t *output_count,
                            const apus_checkpoint_options *options);

#ifdef __cplusplus
}
#endif

#endif
