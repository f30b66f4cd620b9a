/* Apus: automatic differentiation behind a C ABI.
 *
 *     apus_tensor *x = apus_arange(0, 4, 1, APUS_FLOAT32);
 *     apus_requires_grad_(x, true);
 *     apus_tensor *y = apus_mul_scalar(apus_dot(x, x), 2);
 *     apus_print(y);                    // tensor(28., grad_fn=<MulBackward0>)
 *     apus_backward(y);
 *     apus_print(apus_grad(x));         // tensor([ 0.,  4.,  8., 12.])
 *     return apus_error_code();         // one check for the whole program
 *
 * Names, defaults, semantics, messages and printed text are PyTorch's.
 *
 * LIFETIME. A tensor is a handle that the collector frees when no global
 * variable, stack, register or apus_alloc()ed memory points to it. Nothing has
 * to be freed. malloc()ed memory and other languages' heaps are invisible to
 * the collector: apus_retain() what is kept there. Every function that returns
 * an `apus_tensor *` returns a new handle unless it says otherwise; handles of
 * one tensor are interchangeable.
 *
 * ERRORS. What makes a tensor returns it, or NULL; everything else that can
 * fail returns an apus_status. The first error of a thread stays until
 * apus_error_clear(). A NULL argument makes a function fail and leaves an
 * earlier error as it is, so that an expression needs one check, at its end.
 * Nothing is printed, nothing aborts, no signal is raised.
 *
 * THREADS. Every function may be called from every thread. Modes, transforms
 * and the last error are each thread's own. Different tensors may be used by
 * different threads at once, and backward passes may end in the same leaves at
 * once; one tensor is to be changed by one thread at a time.
 *
 * CALLBACKS. A function of the program's comes with a payload, which it gets
 * back at every call. Where the library keeps them there is also `destroy`,
 * which may be NULL: it is called exactly once with the payload, when the
 * library lets go of it or when it fails to take it. Payloads in apus_alloc()ed
 * memory keep what they point to, and a tensor whose own hook refers back to it
 * is still collected.
 *
 * A callback may call the library. It returns APUS_OK, or else what it was
 * called for fails with that code and with the error that the callback left
 * (see apus_fail()); an earlier error of the thread is put aside meanwhile.
 * Handles that it gets are the library's, and it must not release them: OWNED
 * ones end when it returns, unless it retains them. A handle that it gives back
 * through an out pointer is the library's from then on, an OWNED one with the
 * reference that the callback had; to give back one that it got or that it
 * keeps, it retains that first. COLLECTED handles need no such care.
 */
#ifndef APUS_H
#define APUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define APUS_VERSION_MAJOR 0
#define APUS_VERSION_MINOR 1
#define APUS_VERSION_PATCH 0

#if defined(__GNUC__)
#define APUS_INLINE static inline __attribute__((unused))
#else
#define APUS_INLINE static inline
#endif

/* ---- Types -------------------------------------------------------------- */

/* A tensor, or one of several handles of it. */
typedef struct apus_tensor apus_tensor;

/* A source of random numbers; collected like a tensor. */
typedef struct apus_generator apus_generator;

/* A node of the graph: the step backward of an operation. Collected like a
 * tensor, and keeps the part of the graph that it leads to. */
typedef struct apus_node apus_node;

/* What went wrong: APUS_OK or one of the numbers below. */
typedef int32_t apus_status;

enum {
    APUS_OK = 0,
    APUS_ERROR_RUNTIME = 1,         /* Python's RuntimeError */
    APUS_ERROR_INDEX = 2,           /* IndexError */
    APUS_ERROR_VALUE = 3,           /* ValueError */
    APUS_ERROR_TYPE = 4,            /* TypeError */
    APUS_ERROR_NOT_IMPLEMENTED = 5, /* NotImplementedError */
    APUS_ERROR_MEMORY = 6,          /* there is not enough memory */
    APUS_ERROR_NULL = 7,            /* an argument is NULL that must not be */
    APUS_ERROR_HANDLE = 8,          /* not a handle, or released already */
    APUS_ERROR_LINALG = 9           /* LinAlgError: a singular matrix, no convergence */
};

/* The type of elements. Numbers never change. A complex number is two floats,
 * the real part first. */
typedef int32_t apus_dtype;

enum {
    APUS_DEFAULT_DTYPE = 0, /* not given: PyTorch's choice */
    APUS_BOOL = 1,
    APUS_UINT8 = 2,
    APUS_INT8 = 3,
    APUS_INT16 = 4,
    APUS_INT32 = 5,
    APUS_INT64 = 6,
    APUS_FLOAT16 = 7,
    APUS_BFLOAT16 = 8,
    APUS_FLOAT32 = 9,
    APUS_FLOAT64 = 10,
    APUS_COMPLEX64 = 12,
    APUS_COMPLEX128 = 13
};

/* Stands for "none" among dimensions. */
#define APUS_NO_DIM INT64_MIN

enum {
    APUS_SCALAR_NONE = 0,
    APUS_SCALAR_BOOL = 1,
    APUS_SCALAR_INT = 2,
    APUS_SCALAR_DOUBLE = 3,
    APUS_SCALAR_TENSOR = 4
};

/* A number that remembers its kind, because the kind takes part in type
 * promotion: an int64 tensor times 2 is int64, times 2.0 it is float32.
 * Functions that take one accept plain C numbers: a macro of the function's
 * name wraps them. (In C11 `true` is an int; use apus_scalar_from_bool.) */
typedef struct apus_scalar {
    int32_t kind;
    int32_t reserved;
    union {
        int64_t integer; /* INT, and BOOL as 0 or 1 */
        double real;     /* DOUBLE */
        apus_tensor *tensor; /* TENSOR: its only element, such as a complex one */
    } value;
#ifdef __cplusplus
    apus_scalar() : kind(APUS_SCALAR_NONE), reserved(0) { value.integer = 0; }
    apus_scalar(bool x) : kind(APUS_SCALAR_BOOL), reserved(0) { value.integer = x; }
    apus_scalar(int x) : kind(APUS_SCALAR_INT), reserved(0) { value.integer = x; }
    apus_scalar(unsigned x) : kind(APUS_SCALAR_INT), reserved(0) { value.integer = x; }
    apus_scalar(long x) : kind(APUS_SCALAR_INT), reserved(0) { value.integer = x; }
    apus_scalar(unsigned long x) : kind(APUS_SCALAR_INT), reserved(0)
    {
        value.integer = static_cast<int64_t>(x);
    }
    apus_scalar(long long x) : kind(APUS_SCALAR_INT), reserved(0) { value.integer = x; }
    apus_scalar(unsigned long long x) : kind(APUS_SCALAR_INT), reserved(0)
    {
        value.integer = static_cast<int64_t>(x);
    }
    apus_scalar(float x) : kind(APUS_SCALAR_DOUBLE), reserved(0) { value.real = x; }
    apus_scalar(double x) : kind(APUS_SCALAR_DOUBLE), reserved(0) { value.real = x; }
#endif
} apus_scalar;

/* The only element of a tensor as a number, which is how C writes a complex
 * one; it is read when the number is used. */
APUS_INLINE apus_scalar apus_scalar_from_tensor(apus_tensor *tensor)
{
    apus_scalar x;
    x.kind = APUS_SCALAR_TENSOR;
    x.reserved = 0;
    x.value.tensor = tensor;
    return x;
}

#ifdef __cplusplus
#define APUS_NONE (apus_scalar())
#define APUS_SCALAR(x) (apus_scalar(x))

APUS_INLINE apus_scalar apus_scalar_from_bool(bool x) { return apus_scalar(x); }
APUS_INLINE apus_scalar apus_scalar_from_int(int64_t x) { return apus_scalar(x); }
APUS_INLINE apus_scalar apus_scalar_from_double(double x) { return apus_scalar(x); }
#else
/* No number, where one is optional. */
#define APUS_NONE ((apus_scalar){0, 0, {0}})

/* How many arguments there are, up to twelve, for macros that take a list. */
#define APUS_COUNT(...)                                                        \
    APUS_COUNT_(__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define APUS_COUNT_(a, b, c, d, e, f, g, h, i, j, k, l, n, ...) n
#define APUS_JOIN(a, b) APUS_JOIN_(a, b)
#define APUS_JOIN_(a, b) a##b

/* A C number as an apus_scalar. */
#define APUS_SCALAR(x)                                                         \
    _Generic((x), apus_scalar: apus_scalar_from_scalar,                        \
             _Bool: apus_scalar_from_bool, float: apus_scalar_from_double,     \
             double: apus_scalar_from_double, default: apus_scalar_from_int)(x)

APUS_INLINE apus_scalar apus_scalar_from_scalar(apus_scalar x)
{
    return x;
}

APUS_INLINE apus_scalar apus_scalar_from_bool(bool x)
{
    return (apus_scalar){APUS_SCALAR_BOOL, 0, {.integer = x}};
}

APUS_INLINE apus_scalar apus_scalar_from_int(int64_t x)
{
    return (apus_scalar){APUS_SCALAR_INT, 0, {.integer = x}};
}

APUS_INLINE apus_scalar apus_scalar_from_double(double x)
{
    return (apus_scalar){APUS_SCALAR_DOUBLE, 0, {.real = x}};
}
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ------------------------------------------------------------ */

/* The library's version, such as "0.1.0". A constant. */
const char *apus_version(void);

/* What the library uses on this machine, for bug reports: a line each for its
 * version, its kernels, what does large matrix products of each dtype, the
 * number of threads. Valid for good. Opens the libraries for matrix products,
 * which otherwise happens when one is first needed. */
const char *apus_build_info(void);

/* ---- Threads ------------------------------------------------------------ */

/* Among how many threads large operations are divided from now on, the calling
 * one included; 256 at most. Results do not depend on it. Fails with
 * APUS_ERROR_RUNTIME for numbers below one. */
apus_status apus_set_num_threads(int32_t count);

/* The same number. It begins as OMP_NUM_THREADS, or the number of processor
 * cores that the process may use. */
int32_t apus_get_num_threads(void);

/* ---- Errors ------------------------------------------------------------- */

/* The calling thread's first error since it was last cleared; APUS_OK when
 * there is none. */
apus_status apus_error_code(void);

/* Its message: one line, PyTorch's words where it has any; "" when there is no
 * error, never NULL. Valid until this thread clears the error or ends. */
const char *apus_error_message(void);

/* The same with the line breaks that it has in PyTorch, where messages show
 * tensors. */
const char *apus_error_text(void);

/* Forgets the calling thread's error. */
void apus_error_clear(void);

/* Leaves an error, unless there is one, and returns its code: a callback ends
 * with `return apus_fail(APUS_ERROR_VALUE, "why")`. A code that is none of the
 * above counts as APUS_ERROR_RUNTIME, NULL as "". */
apus_status apus_fail(apus_status code, const char *message);

/* Takes the oldest of the calling thread's warnings: writes it like
 * apus_format() does and forgets it. 0 when there is none. Without a buffer it
 * tells the length and forgets nothing. PyTorch would print these. */
size_t apus_take_warning(char *buffer, size_t size);

/* ---- Lifetime ----------------------------------------------------------- */

enum {
    APUS_HANDLES_COLLECTED = 0, /* the default: the collector frees handles */
    APUS_HANDLES_OWNED = 1      /* each new handle needs one apus_release() */
};

/* Chooses what ends the life of handles created from now on. OWNED is for
 * bindings that always pair a handle with a release, such as Python's: every
 * handle that a function returns is retained already, and costs the collector
 * nothing. Fails with APUS_ERROR_VALUE for another number. */
apus_status apus_set_handle_mode(int32_t mode);

/* Keeps a handle until it is released as often as it was retained, so that it
 * may be stored where the collector does not look. */
apus_status apus_retain(apus_tensor *tensor);

/* Undoes one apus_retain(). On a collected handle that is not retained it gives
 * the tensor back early. NULL is fine and does nothing. Fails with
 * APUS_ERROR_HANDLE when the handle was released already. */
apus_status apus_release(apus_tensor *tensor);

/* Collects now. Never needed for correctness. */
void apus_collect(void);

/* Zeroed memory in which the collector finds handles, and which it frees when
 * nothing points to it. NULL and APUS_ERROR_MEMORY when there is none. */
void *apus_alloc(size_t size);

/* How many handles are in use, and how many bytes of elements. For tests. */
int64_t apus_live_handles(void);
int64_t apus_live_bytes(void);

/* ---- Tensors from data -------------------------------------------------- */

/* A tensor of the given shape with a copy of `data`, which is row-major and
 * without gaps. `shape` may be NULL when `rank` is 0, `data` when there are no
 * elements. */
apus_tensor *apus_tensor_from(const void *data, const int64_t *shape,
                              size_t rank, apus_dtype dtype);

/* A tensor over the caller's memory, without a copy. `strides` are in
 * elements; NULL means row-major without gaps. The memory has to stay valid
 * until `deleter(payload)` is called, exactly once, by whatever thread lets go
 * of it last; `deleter` may be NULL. It is also called when the function
 * fails. */
apus_tensor *apus_from_blob(void *data, const int64_t *shape,
                            const int64_t *strides, size_t rank,
                            apus_dtype dtype, void (*deleter)(void *payload),
                            void *payload);

/* A 0-d tensor. APUS_DEFAULT_DTYPE: bool, int64 or float32, by the number's
 * kind. */
apus_tensor *apus_scalar_tensor(apus_scalar value, apus_dtype dtype);

/* ---- What a tensor is --------------------------------------------------- */

/* Number of elements, of dimensions; -1 on error. */
int64_t apus_numel(const apus_tensor *tensor);
int64_t apus_dim(const apus_tensor *tensor);

/* Elements along a dimension, which may be counted from the end; -1 on
 * error. */
int64_t apus_size(const apus_tensor *tensor, int64_t dim);

/* Writes apus_dim() numbers: sizes, strides in elements. */
apus_status apus_shape(const apus_tensor *tensor, int64_t *out);
apus_status apus_strides(const apus_tensor *tensor, int64_t *out);

/* The dtype; 0 on error. */
apus_dtype apus_dtype_of(const apus_tensor *tensor);

/* Elements of the storage before the first one; -1 on error. */
int64_t apus_storage_offset(const apus_tensor *tensor);

/* Whether the elements lie in row-major order without a gap. */
bool apus_is_contiguous(const apus_tensor *tensor);

/* The first element, NULL on error. The elements lie apus_strides() apart.
 * Valid as long as a handle of the tensor is; writing through it is not
 * recorded and not noticed. */
void *apus_data(const apus_tensor *tensor);

/* The only element, converted as C converts; 0 and an error when there is not
 * exactly one. */
double apus_item_double(const apus_tensor *tensor);
int64_t apus_item_int64(const apus_tensor *tensor);
bool apus_item_bool(const apus_tensor *tensor);

/* The only element as real and imaginary part. */
apus_status apus_item_complex(const apus_tensor *tensor, double parts[2]);

/* Whether both have the same shape and the same elements. */
bool apus_equal(const apus_tensor *self, const apus_tensor *other);

/* Whether both handles are of one tensor. */
bool apus_is_same(const apus_tensor *self, const apus_tensor *other);

/* How often the elements were changed in place, through this tensor or a view
 * of the same storage; -1 on error. */
int64_t apus_version_of(const apus_tensor *tensor);

/* Whether the tensor is a view of another one, and of which; NULL without an
 * error when it is not. */
bool apus_is_view(const apus_tensor *tensor);
apus_tensor *apus_base(const apus_tensor *tensor);

/* ---- Printing ----------------------------------------------------------- */

/* As torch.set_printoptions. `struct_size` is sizeof(apus_print_options); a
 * NULL pointer restores the defaults. */
typedef struct apus_print_options {
    size_t struct_size;
    int32_t precision;  /* digits after the point; PyTorch's default is 4 */
    int32_t scientific; /* 0: as needed, 1: always, -1: never */
    int64_t threshold;  /* elements beyond which the middle is left out: 1000 */
    int64_t edge_items; /* elements shown at each end then: 3 */
    int64_t line_width; /* 80 */
} apus_print_options;

/* Applies to every thread. Fails with APUS_ERROR_VALUE for negative numbers. */
apus_status apus_set_print_options(const apus_print_options *options);

/* Prints a tensor to stdout as Python's print does, and a newline. NULL prints
 * None when there is no error, and is an error otherwise. */
apus_status apus_print(const apus_tensor *tensor);

/* Writes the same text, ended by a NUL and cut to `size` bytes, and returns
 * how long it is without the NUL, like snprintf(); 0 on error. */
size_t apus_format(const apus_tensor *tensor, char *buffer, size_t size);

/* The same for a single element: the text of the Python number. */
size_t apus_format_item(const apus_tensor *tensor, char *buffer, size_t size);

/* The text in memory that the collector frees; NULL on error. */
const char *apus_to_string(const apus_tensor *tensor);

/* ---- Autograd ----------------------------------------------------------- */

/* Asks for the gradient of a leaf, or no longer. Fails for integers, and for
 * false on a tensor that an operation made. */
apus_status apus_requires_grad_(apus_tensor *tensor, bool requires_grad);

/* Whether operations on the tensor are recorded. */
bool apus_requires_grad(const apus_tensor *tensor);

/* Whether no recorded operation made the tensor. */
bool apus_is_leaf(const apus_tensor *tensor);

/* What backward passes added up; NULL without an error when there is nothing
 * yet. */
apus_tensor *apus_grad(const apus_tensor *tensor);

/* Replaces it; NULL removes it. Fails when shape or dtype differ. */
apus_status apus_set_grad(apus_tensor *tensor, apus_tensor *grad);

/* The dtype that gradients of a leaf are kept in: at first the tensor's own, 0
 * for any. Fails for a tensor that an operation made. */
apus_dtype apus_grad_dtype(const apus_tensor *tensor);
apus_status apus_set_grad_dtype(apus_tensor *tensor, apus_dtype dtype);

/* The same elements outside of the graph, with the same version counter. */
apus_tensor *apus_detach(const apus_tensor *tensor);

/* Takes the tensor itself out of the graph. Fails for a view. */
apus_status apus_detach_(apus_tensor *tensor);

/* PyTorch's `.data`: the same elements outside of the graph, with a version
 * counter of its own, so that no check notices changes made through it. */
apus_tensor *apus_variable_data(const apus_tensor *tensor);

/* Gives the tensor the elements, sizes and dtype of another one, and leaves
 * version, gradient and history as they are. Fails where integers would have to
 * require a gradient. */
apus_status apus_set_data(apus_tensor *tensor, const apus_tensor *data);

/* Counts a change that was made behind the library's back. */
apus_status apus_increment_version(apus_tensor *tensor);

/* Keeps the gradient of a tensor that an operation made, as leaves do. */
apus_status apus_retain_grad(apus_tensor *tensor);
bool apus_retains_grad(const apus_tensor *tensor);

/* The name of the operation that made the tensor, such as "MulBackward0", ""
 * for a leaf; written like apus_format() does. */
size_t apus_grad_fn_name(const apus_tensor *tensor, char *buffer, size_t size);

/* Adds the gradients of a tensor of one element to the leaves that it was
 * computed from. The graph's saved tensors are released. */
apus_status apus_backward(apus_tensor *tensor);

/* Zero fields mean the default. */
typedef struct apus_backward_options {
    size_t struct_size;          /* sizeof(apus_backward_options) */
    int32_t retain_graph;        /* 0: as create_graph, 1: yes, -1: no */
    bool create_graph;           /* make the gradients differentiable */
    apus_tensor *const *inputs;  /* only these receive a gradient, */
    size_t input_count;          /* when the pointer is not NULL */
    /* Where a tensor is NULL, the gradient edge that takes its place; arrays as
     * long as the tensors', or NULL. See apus_gradient_edge(). */
    apus_node *const *tensor_nodes;
    const int64_t *tensor_numbers;
    apus_node *const *input_nodes; /* accumulators of leaves */
    const int64_t *input_numbers;
} apus_backward_options;

/* The same for several tensors. `gradients` holds one for each tensor, where
 * NULL stands for one, and may be NULL itself; `options` may be NULL. */
apus_status apus_backward_opt(apus_tensor *const *tensors, size_t count,
                              apus_tensor *const *gradients,
                              const apus_backward_options *options);

/* Zero fields mean the default. */
typedef struct apus_autograd_grad_options {
    size_t struct_size;          /* sizeof(apus_autograd_grad_options) */
    apus_tensor *const *grad_outputs; /* one for each output, or NULL */
    int32_t retain_graph;        /* 0: as create_graph, 1: yes, -1: no */
    bool create_graph;           /* make the gradients differentiable */
    int8_t allow_unused;         /* 0: not given, 1: yes, -1: no */
    bool materialize_grads;      /* zeros instead of NULL */
    bool is_grads_batched;       /* grad_outputs have a first dimension more: */
                                 /* one pass for all of its entries */
    /* Where an output or input is NULL, the edge that takes its place; arrays
     * as long as theirs, or NULL. See apus_gradient_edge(). */
    apus_node *const *output_nodes;
    const int64_t *output_numbers;
    apus_node *const *input_nodes;
    const int64_t *input_numbers;
} apus_autograd_grad_options;

/* PyTorch's autograd.grad: writes the gradient of the outputs for each input
 * into `results`, which has room for `input_count`, and adds nothing to
 * apus_grad(). Fails when an output does not depend on an input, unless
 * allow_unused: then that result is NULL. On failure all results are NULL. */
apus_status apus_autograd_grad(apus_tensor *const *outputs, size_t output_count,
                               apus_tensor *const *inputs, size_t input_count,
                               apus_tensor **results);
apus_status apus_autograd_grad_opt(apus_tensor *const *outputs,
                                   size_t output_count,
                                   apus_tensor *const *inputs,
                                   size_t input_count, apus_tensor **results,
                                   const apus_autograd_grad_options *options);

/* Whether operations on this thread are recorded. A new thread records. */
bool apus_is_grad_enabled(void);

/* Switches recording on this thread, and returns what it was before: what
 * torch.no_grad() does, once at its begin and once at its end. */
bool apus_set_grad_enabled(bool enabled);

/* torch.inference_mode: switches it on this thread, and recording the other
 * way. What it returns puts both back as they were. Tensors made in inference
 * mode never take part in a graph, and their changes are not counted. */
uint32_t apus_set_inference_mode(bool enabled);
void apus_restore_inference_mode(uint32_t state);
bool apus_is_inference_mode_enabled(void);

/* Whether the tensor was made in inference mode. */
bool apus_is_inference(const apus_tensor *tensor);

/* A function of tensors: writes the outputs for the inputs into `outputs`,
 * which has room for `*output_count`, and sets `*output_count`. */
typedef apus_status (*apus_function)(void *payload, apus_tensor *const *inputs,
                                     size_t input_count, apus_tensor **outputs,
                                     size_t *output_count);

/* PyTorch's defaults where a field is zero. */
typedef struct apus_gradcheck_options {
    size_t struct_size; /* sizeof(apus_gradcheck_options) */
    double eps;         /* step of the central difference: 1e-6 */
    double atol;        /* 1e-5 */
    double rtol;        /* 1e-3 */
    double nondet_tol;  /* 0 */
    /* 0: PyTorch's default, 1: yes, -1: no */
    int32_t check_undefined_grad;       /* missing gradients are zero: yes */
    int32_t check_grad_dtypes;          /* of gradients, too: no */
    int32_t check_batched_grad;         /* under vmap, too: no */
    int32_t check_batched_forward_grad; /* the same for forward mode: no */
    int32_t check_forward_ad;           /* forward mode, too: no */
    int32_t check_backward_ad;          /* the backward pass: yes */
    int32_t fast_mode;                  /* in one random direction only: no */
    apus_tensor *const *grad_outputs;   /* gradgradcheck: where; random */
    size_t grad_output_count;           /* numbers when the pointer is NULL */
} apus_gradcheck_options;

/* Compares the gradients of a function with central differences, at the given
 * inputs; those that require a gradient should be float64. APUS_OK when they
 * agree; a message with both Jacobians when not. gradgradcheck does the same
 * for the gradients of the gradients. */
apus_status apus_gradcheck(apus_function function, void *payload,
                           apus_tensor *const *inputs, size_t input_count,
                           const apus_gradcheck_options *options);
apus_status apus_gradgradcheck(apus_function function, void *payload,
                               apus_tensor *const *inputs, size_t input_count,
                               const apus_gradcheck_options *options);

/* ---- Random numbers ----------------------------------------------------- */

/* Seeds the default generator; the numbers that follow are PyTorch's. */
void apus_manual_seed(uint64_t seed);

/* The seed of the default generator. */
uint64_t apus_initial_seed(void);

/* A generator of its own, for the `generator` field of options structs. */
apus_generator *apus_generator_new(uint64_t seed);

/* The following take NULL for the default generator. */

/* Begins the numbers that belong to a seed. */
apus_status apus_generator_manual_seed(apus_generator *generator,
                                       uint64_t seed);

/* Begins the numbers of a seed that the system chooses, and returns that. */
uint64_t apus_generator_seed(apus_generator *generator);

/* The seed with which the present numbers began. */
uint64_t apus_generator_initial_seed(apus_generator *generator);

/* All that later numbers depend on, as 5056 uint8: PyTorch's layout. */
apus_tensor *apus_generator_get_state(apus_generator *generator);

/* Goes back to a state. Fails when the bytes are none. */
apus_status apus_generator_set_state(apus_generator *generator,
                                     apus_tensor *state);

/* Gives an owned generator back; see apus_release(). */
apus_status apus_generator_release(apus_generator *generator);

#ifdef __cplusplus
}
#endif

#ifndef __cplusplus
#define apus_scalar_tensor(value, dtype)                                       \
    apus_scalar_tensor(APUS_SCALAR(value), dtype)
#endif

#include "apus/graph.h"
#include "apus/function.h"
#include "apus/transforms.h"
#include "apus/operators.h"

#endif
