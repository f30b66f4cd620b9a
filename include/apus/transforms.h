/* Derivatives of functions instead of graphs: forward mode, and transforms that
 * compose and nest, PyTorch's torch.func. See apus.h for lifetime, errors,
 * threads and callbacks.
 *
 * A function under a transform computes with tensors that stand for others: for
 * all examples of a batch, say. It uses operations and never looks at single
 * elements. It may use other tensors than its inputs, too, but not change
 * them. Functions are called before the transform returns, and never again. */
#ifndef APUS_TRANSFORMS_H
#define APUS_TRANSFORMS_H

#include "../apus.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- One tensor --------------------------------------------------------- */

/* A function of one tensor with one result. */
typedef apus_status (*apus_map)(void *payload, apus_tensor *x, apus_tensor **y);

/* The Jacobian of a function at x, with the sizes of the result followed by
 * those of x: by reverse mode, for few results, or by forward mode. */
apus_tensor *apus_jacrev(apus_map function, void *payload, apus_tensor *x);
apus_tensor *apus_jacfwd(apus_map function, void *payload, apus_tensor *x);

/* The second derivatives of a function with one number as its result, with the
 * sizes of x twice. */
apus_tensor *apus_hessian(apus_map function, void *payload, apus_tensor *x);

/* The Hessian times v, and v times the Hessian, without the Hessian. */
apus_tensor *apus_hvp(apus_map function, void *payload, apus_tensor *x,
                      apus_tensor *v);
apus_tensor *apus_vhp(apus_map function, void *payload, apus_tensor *x,
                      apus_tensor *v);

/* ---- Several tensors ---------------------------------------------------- */

/* Throughout: `outputs` has room for `*output_count`, which is set; other
 * results have the room that their number needs. On failure all are NULL. */

/* The gradients of a function with a single number as its result, at the inputs
 * with the given positions; NULL stands for the first. */
apus_status apus_func_grad(apus_function function, void *payload,
                           apus_tensor *const *inputs, size_t input_count,
                           const int64_t *argnums, size_t argnum_count,
                           apus_tensor **gradients);
apus_status apus_func_grad_and_value(apus_function function, void *payload,
                                     apus_tensor *const *inputs,
                                     size_t input_count,
                                     const int64_t *argnums,
                                     size_t argnum_count,
                                     apus_tensor **gradients,
                                     apus_tensor **value);

/* The outputs, and the gradients of the inputs when those of the outputs are
 * `cotangents`. */
apus_status apus_vjp(apus_function function, void *payload,
                     apus_tensor *const *inputs, size_t input_count,
                     apus_tensor *const *cotangents, size_t cotangent_count,
                     apus_tensor **outputs, size_t *output_count,
                     apus_tensor **gradients);

/* The outputs, and their derivatives in the direction of `tangents`. */
apus_status apus_jvp(apus_function function, void *payload,
                     apus_tensor *const *primals, apus_tensor *const *tangents,
                     size_t input_count, apus_tensor **outputs,
                     apus_tensor **output_tangents, size_t *output_count);

/* A derivative at a point, as a function of the direction. Collected like a
 * tensor. */
typedef struct apus_pushforward apus_pushforward;

/* The outputs, and their derivative, which does not call `function` again. */
apus_pushforward *apus_linearize(apus_function function, void *payload,
                                 apus_tensor *const *inputs,
                                 size_t input_count, apus_tensor **outputs,
                                 size_t *output_count);
apus_status apus_pushforward_apply(const apus_pushforward *pushforward,
                                   apus_tensor *const *tangents,
                                   size_t tangent_count,
                                   apus_tensor **output_tangents,
                                   size_t *output_count);
apus_status apus_pushforward_release(apus_pushforward *pushforward);

enum {
    APUS_RANDOMNESS_ERROR = 0,    /* random numbers are refused */
    APUS_RANDOMNESS_SAME = 1,     /* every example gets the same */
    APUS_RANDOMNESS_DIFFERENT = 2 /* every example gets its own */
};

/* Zero fields mean the default. */
typedef struct apus_vmap_options {
    size_t struct_size;      /* sizeof(apus_vmap_options) */
    const int64_t *in_dims;  /* where each input has the examples */
    const int64_t *out_dims; /* where each output gets them */
    size_t out_dim_count;
    int32_t randomness;      /* one of the above */
    int64_t chunk_size;      /* how many examples at once; 0: all */
} apus_vmap_options;

/* Calls a function of single examples once, for all of them. The examples are
 * along dimension 0 of inputs and outputs unless `options` says otherwise;
 * APUS_NO_DIM there stands for a tensor that all examples share. */
apus_status apus_vmap(apus_function function, void *payload,
                      apus_tensor *const *inputs, size_t input_count,
                      apus_tensor **outputs, size_t *output_count,
                      const apus_vmap_options *options);

/* ---- Dual tensors: torch.autograd.forward_ad ---------------------------- */

/* Begins and ends the scope of tangents on this thread, of which there is one
 * at a time; at its end they are forgotten. */
apus_status apus_enter_dual_level(void);
apus_status apus_exit_dual_level(void);

/* A tensor with the elements and history of `primal` that carries a tangent;
 * operations carry it along. */
apus_tensor *apus_make_dual(apus_tensor *primal, apus_tensor *tangent);

/* Both parts; the tangent is NULL where there is none. Either pointer may be
 * NULL. */
apus_status apus_unpack_dual(apus_tensor *tensor, apus_tensor **primal,
                             apus_tensor **tangent);

/* ---- For bindings: transforms in pieces --------------------------------- */

/* A transform that is being evaluated on this thread. The functions above are
 * made of these, for bindings whose functions take other things than lists of
 * tensors. Collected like a tensor; it does not end by that. */
typedef struct apus_level apus_level;

enum {
    APUS_LEVEL_DIFFERENTIATING = 0, /* grad, vjp, jvp */
    APUS_LEVEL_BATCHING = 1         /* vmap */
};

/* Begins a transform inside of those that are being evaluated. The other
 * arguments are for batching. */
apus_level *apus_level_push(int32_t kind, int64_t batch_size,
                            int32_t randomness);

/* Ends it, and those inside of it. Tensors of it are what they stand for, from
 * then on. Fails when it has ended. */
apus_status apus_level_pop(apus_level *level);

/* The tensor of this level that stands for one of the levels below. Batching:
 * `dim` has the examples; APUS_NO_DIM: all share it, and it is returned as it
 * is. Differentiating: `dim` is APUS_NO_DIM, and the tensor asks for a
 * gradient. */
apus_tensor *apus_level_wrap(apus_level *level, apus_tensor *tensor,
                             int64_t dim);

/* What a tensor stands for. Batching: with the examples along `dim`; a tensor
 * that all share is repeated, or, for APUS_NO_DIM, required. */
apus_tensor *apus_level_unwrap(apus_level *level, apus_tensor *tensor,
                               int64_t dim);

/* Whether a tensor is of this level. */
bool apus_level_owns(const apus_level *level, const apus_tensor *tensor);

/* A tensor of this differentiating level that stands for `primal` and carries a
 * tangent; and the tangent of one, as the levels below see it, NULL without an
 * error when it is zero. */
apus_tensor *apus_level_dual(apus_level *level, apus_tensor *primal,
                             apus_tensor *tangent);
apus_tensor *apus_level_tangent(apus_level *level, const apus_tensor *tensor);

/* The gradients of outputs for inputs that are variables of this level, as
 * tensors of the levels below: zeros where there is no dependence. A cotangent
 * of NULL, or none at all, stands for one. Works after the pop, too, where the
 * graph is retained. */
apus_status apus_level_gradients(apus_level *level,
                                 apus_tensor *const *outputs,
                                 size_t output_count,
                                 apus_tensor *const *cotangents,
                                 apus_tensor *const *inputs,
                                 size_t input_count, bool retain_graph,
                                 apus_tensor **gradients);

/* How many transforms are being evaluated on this thread. */
int64_t apus_level_depth(void);

/* Gives an owned handle back. See apus_release(). */
apus_status apus_level_release(apus_level *level);

#ifdef __cplusplus
}
#endif

#endif
