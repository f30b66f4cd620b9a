/* Calls every exported operator with nonsense: NULLs, released handles, what
 * is no handle, wrong ranks and dtypes, impossible sizes and numbers.
 *
 *     operators [calls for each operator [seed [one operator]]]
 *
 * Whatever is passed, the process lives, a failure is told by the result and
 * by the error alike, an earlier error stays, and no handle is lost. */
#define HARNESS_NO_MAIN
#include "harness.h"
#include "operators_table.h"

#include <math.h>
#include <signal.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- Chance ------------------------------------------------------------- */

static uint64_t state;

static uint64_t draw(uint64_t below)
{
    state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    uint64_t z = state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static bool chance(unsigned percent)
{
    return draw(100) < percent;
}

/* ---- Arguments ---------------------------------------------------------- */

/* Sizes are small, or so large that no machine has the memory: nothing here
 * can make a test allocate gigabytes. */
#define HUGE_ (INT64_C(1) << 50)

static const int64_t integers[] = {
    0, 1, -1, 2, -2, 3, -3, 4, 7, 100, HUGE_, -HUGE_,
    INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_MIN + 1};

static int64_t many_numbers[10000];

static const struct {
    const int64_t *numbers;
    size_t count;
} lists[] = {
    {NULL, 0},
    {NULL, 3},
    {LIST(0)},
    {LIST(1)},
    {LIST(-1)},
    {LIST(6)},
    {LIST(0, 1)},
    {LIST(1, 0)},
    {LIST(0, 0)},
    {LIST(2, 3)},
    {LIST(3, 2)},
    {LIST(-1, 2)},
    {LIST(-1, -1)},
    {LIST(-2, -3)},
    {LIST(2, 0, 3)},
    {LIST(0, 1, 2)},
    {LIST(2, 1, 0)},
    {LIST(2, 3, 4)},
    {LIST(1, 2, 3, 4)},
    {LIST(HUGE_)},
    {LIST(HUGE_, HUGE_)},
    {LIST(0, HUGE_, HUGE_)},
    {LIST(INT64_MAX)},
    {LIST(INT64_MIN)},
    {LIST(INT64_MAX, INT64_MAX)},
    {LIST(INT64_MIN, INT64_MIN)},
    {LIST(INT64_MAX, 0)},
    {LIST(0, INT64_MIN)},
    {LIST(-1, INT64_MAX)},
    {LIST(3, INT64_MAX, 2)},
    {LIST(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)},
    {many_numbers, 70},
    {many_numbers, COUNT(many_numbers)},
    {many_numbers, SIZE_MAX},
    {many_numbers, SIZE_MAX / 2},
};

static const char *const texts[] = {
    NULL, "", "mean", "sum", "none", "floor", "trunc", "nonsense",
    "\xff\xfe\n\t", "a text that is a good deal longer than any of the names "
    "that an operator could expect to be given in its place"};

static const apus_dtype dtypes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
                                    11, 13, 14, -1, INT32_MAX, INT32_MIN};

static const double reals[] = {0, -0.0, 1, -1, 0.5, 0.1, 3, 300, -129, 1e-300,
                               1e39, 1e300, -1e300, 9.3e18, INFINITY,
                               -INFINITY, NAN};

static apus_scalar any_scalar(void)
{
    switch (draw(8)) {
    case 0: return APUS_NONE;
    case 1: return apus_scalar_from_bool(draw(2) != 0);
    case 2: return (apus_scalar){(int32_t)draw(100) - 50, -1, {7}};
    case 3: case 4: return apus_scalar_from_double(reals[draw(COUNT(reals))]);
    default: return apus_scalar_from_int(integers[draw(COUNT(integers))]);
    }
}

/* ---- Tensors ------------------------------------------------------------ */

enum { POOL = 400 };

static apus_tensor *pool[POOL];
static size_t pool_size;
static apus_tensor *released[8];
static apus_tensor *long_list[1000];

static void put(apus_tensor *tensor)
{
    if (tensor && pool_size < POOL)
        pool[pool_size++] = tensor;
    else
        apus_release(tensor);
}

/* A tensor of each dtype in a shape, with small numbers, in a block of malloc's
 * that is not a byte too large: a memory checker sees what goes beyond it. */
static void put_shape(const int64_t *shape, size_t rank)
{
    static const char sizes[] = {0, 1, 1, 1, 2, 4, 8, 2, 2, 4, 8};
    size_t count = 1;

    for (size_t i = 0; i < rank; i++) count *= (size_t)shape[i];
    for (apus_dtype dtype = APUS_BOOL; dtype <= APUS_FLOAT64; dtype++) {
        void *block = malloc(count * (size_t)sizes[dtype]);
        apus_tensor *x =
            apus_from_blob(block, shape, NULL, rank, dtype, free, block);

        put(apus_fill_(x, dtype % 3));
    }
}

static void put_views(const apus_tensor *const *of, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        apus_tensor *x = (apus_tensor *)(uintptr_t)of[i];

        if (apus_dim(x) < 1) continue;
        put(apus_transpose(x, 0, -1));
        put(apus_unsqueeze(x, 0));
        if (apus_size(x, 0) > 0) put(apus_select(x, 0, -1));
        if (apus_size(x, 0) > 1) put(apus_slice(x, 0, NULL, NULL, 2));
    }
}

static void fill_pool(void)
{
    static const double odd[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300};
    static const int64_t far[] = {INT64_MAX, INT64_MIN, -1, 100, HUGE_};
    const apus_tensor *some[10];

    pool_size = 0;
    put_shape(NULL, 0);
    put_shape(LIST(0));
    put_shape(LIST(1));
    put_shape(LIST(3));
    put_shape(LIST(2, 3));
    put_shape(LIST(3, 3));
    put_shape(LIST(2, 0, 3));
    put_shape(LIST(2, 3, 4));
    put_shape(LIST(1, 2, 1, 3, 1, 2));
    put(apus_tensor_from(odd, LIST(COUNT(odd)), APUS_FLOAT64));
    put(apus_tensor_from(far, LIST(COUNT(far)), APUS_INT64));
    put(apus_randn(LIST(70, 70), APUS_FLOAT32));
    put(apus_ones(many_numbers + 100, 64, APUS_FLOAT32));
    for (size_t i = 0; i < COUNT(some); i++) some[i] = pool[37 + 4 * i];
    put_views(some, COUNT(some));
    while (pool_size < POOL - 60) { /* what is differentiated */
        apus_tensor *x = apus_clone(pool[draw(pool_size)]);

        if (x && apus_dtype_of(x) >= APUS_FLOAT16) {
            apus_requires_grad_(x, true);
            put(apus_mul_scalar(x, 1));
            put(apus_expand_as(x, x));
        }
        put(x);
    }
    apus_tensor *one = apus_ones(LIST(1), APUS_FLOAT32);
    put(apus_expand(one, LIST(5)));
    put(one);
    for (size_t i = 0; i < pool_size; i++) { /* and half of the rest */
        if (i / 2 % 2 && apus_is_leaf(pool[i]) &&
            apus_dtype_of(pool[i]) >= APUS_FLOAT16)
            apus_requires_grad_(pool[i], true);
    }
    for (size_t i = 0; i < COUNT(released); i++) {
        released[i] = apus_ones(LIST(2), APUS_FLOAT32);
        apus_release(released[i]);
    }
    for (size_t i = 0; i < COUNT(long_list); i++) long_list[i] = pool[43];
    apus_error_clear();
}

static void empty_pool(void)
{
    while (pool_size > 0) apus_release(pool[--pool_size]);
    apus_error_clear();
}

static apus_tensor *any_tensor(void)
{
    static const char no_handle[64] = "not a tensor";

    switch (draw(40)) {
    case 0: return NULL;
    case 1: return released[draw(COUNT(released))];
    case 2: return (apus_tensor *)(uintptr_t)no_handle;
    case 3: return (apus_tensor *)(uintptr_t)(draw(2) ? 1 : -64);
    default: return pool[draw(pool_size)];
    }
}

/* One of few that go well together: numbers, vectors and matrices of size 3. */
static apus_tensor *fitting_tensor(void)
{
    static const size_t shapes[] = {0, 3, 5, 5};
    static const apus_dtype likely[] = {APUS_FLOAT32, APUS_FLOAT32,
                                        APUS_FLOAT64, APUS_INT64, APUS_BOOL};

    return pool[10 * shapes[draw(COUNT(shapes))] +
                (size_t)likely[draw(COUNT(likely))] - APUS_BOOL];
}

static apus_generator *any_generator(void)
{
    static apus_generator *generator;

    if (!generator) generator = apus_generator_new(1);
    switch (draw(8)) {
    case 0: return (apus_generator *)(void *)any_tensor();
    case 1: case 2: return generator;
    default: return NULL;
    }
}

static struct arguments any_arguments(apus_tensor **list)
{
    struct arguments a = {.real = reals[draw(COUNT(reals))],
                          .flag = draw(2) != 0,
                          .text = texts[draw(COUNT(texts))],
                          .dtype = dtypes[draw(COUNT(dtypes))],
                          .scalar = any_scalar()};
    size_t which = draw(COUNT(lists));
    apus_tensor *(*const tensor)(void) =
        chance(40) ? fitting_tensor : any_tensor;

    for (size_t i = 0; i < COUNT(a.tensor); i++) a.tensor[i] = tensor();
    if (chance(30)) a.tensor[1] = a.tensor[0];
    if (chance(10)) a.tensor[2] = a.tensor[0];
    if (chance(50)) a.dtype = 0;
    if (chance(50)) a.text = "mean";
    if (chance(50)) a.real = 0;
    if (chance(30)) a.tensor[2] = NULL;
    if (chance(30)) a.tensor[1] = pool[10 * 3 + APUS_INT64 - APUS_BOOL];
    for (size_t i = 0; i < COUNT(a.integer); i++)
        a.integer[i] = chance(60) ? (int64_t)draw(4) - 1
                                  : integers[draw(COUNT(integers))];
    a.generator = any_generator();
    a.dims = lists[which].numbers;
    a.dims_count = lists[which].count;
    a.reals = reals + draw(COUNT(reals));
    a.reals_count = chance(80) ? draw(4) % (COUNT(reals) - (size_t)(a.reals - reals) + 1) : 0;
    if (chance(10)) a.reals = NULL;
    a.list_count = draw(5);
    for (size_t i = 0; i < a.list_count; i++)
        list[i] = chance(50) && i > 0 ? list[0] : tensor();
    if (chance(30)) {
        a.list_count = 1;
        list[0] = pool[10 * 3 + APUS_INT64 - APUS_BOOL];
    }
    a.list = list;
    switch (draw(20)) {
    case 0: a.list = NULL; break;
    case 1: a.list_count = SIZE_MAX; break;
    case 2: a.list = long_list; a.list_count = COUNT(long_list); break;
    }
    return a;
}

/* ---- One call ----------------------------------------------------------- */

static const struct operator_row *current;
static uint64_t current_seed;
static long calls, failures, passes;

static void describe(const char *why)
{
    FAIL("%s, seed %llu: %s; \"%s\"", current->name,
         (unsigned long long)current_seed, why, apus_error_message());
}

static void check_error(void)
{
    const char *message = apus_error_message();

    if (apus_error_code() < APUS_OK || apus_error_code() > APUS_ERROR_LINALG)
        describe("an unknown code");
    if (!message || !*message) describe("no message");
    if (message && strpbrk(message, "\n\r\t"))
        describe("a message of several lines");
}

static void check_pass(apus_status status)
{
    passes++;
    if ((status != APUS_OK) != (apus_error_code() != APUS_OK))
        describe("a pass fails without an error");
    if (status != APUS_OK) check_error();
    apus_error_clear();
}

/* A pass from a result back to the pool, and one from the gradient of an
 * argument; they may fail and must not do harm. */
static void differentiate(apus_tensor *result, apus_tensor *argument)
{
    const apus_autograd_grad_options options = {
        .struct_size = sizeof options, .create_graph = true, .allow_unused = 1};

    if (!apus_requires_grad(result) || apus_numel(result) > 100000) return;
    apus_tensor *sum = apus_sum(result), *gradient = NULL;
    bool twice = chance(30) && apus_requires_grad(argument);

    apus_error_clear(); /* the argument may be nothing */
    if (twice) {
        check_pass(apus_autograd_grad_opt(&sum, 1, &argument, 1, &gradient,
                                          &options));
        if (gradient && apus_requires_grad(gradient)) {
            apus_tensor *again = apus_sum(gradient);

            check_pass(apus_backward(again));
            apus_release(again);
        }
        apus_release(gradient);
    } else {
        check_pass(apus_backward(sum));
    }
    apus_release(sum);
}

/* One call with everything by chance. */
static void call_once(void)
{
    apus_tensor *list[8], *out[8] = {NULL}, *result;
    struct arguments a = any_arguments(list);
    apus_status status = APUS_OK;
    int64_t handles = apus_live_handles(), made = 0;

    calls++;
    result = current->call(&a, out, &status);
    bool failed = current->gives_status ? status != APUS_OK : result == NULL;
    failures += failed;
    if (failed != (apus_error_code() != APUS_OK))
        describe(failed ? "fails without an error" : "has an error, but works");
    if (failed) check_error();
    if (failed && current->gives_status && status != apus_error_code())
        describe("another code than its status");

    for (size_t i = 0; i < COUNT(out); i++) made += out[i] != NULL;
    if (failed && made) describe("results in spite of a failure");
    if (result && result != a.tensor[0]) made++;
    if (apus_live_handles() != handles + made) describe("handles are lost");
    if (result && apus_numel(result) < 0) describe("returns no tensor");
    apus_error_clear();
    if (result) differentiate(result, a.tensor[0]);
    if (out[0]) differentiate(out[0], a.tensor[0]);
    if (result != a.tensor[0]) apus_release(result);
    for (size_t i = 0; i < COUNT(out); i++) apus_release(out[i]);
    apus_error_clear();
}

/* The same while there is an error: it stays. */
static void call_with_an_error(void)
{
    apus_tensor *list[8], *out[8] = {NULL}, *result;
    struct arguments a = any_arguments(list);
    apus_status status = APUS_OK;

    apus_select(pool[40], 0, 99);
    apus_status code = apus_error_code();
    char *message = strdup(apus_error_message());

    result = current->call(&a, out, &status);
    if (apus_error_code() != code ||
        strcmp(apus_error_message(), message) != 0)
        describe("the first error did not stay");
    if (result != a.tensor[0]) apus_release(result);
    for (size_t i = 0; i < COUNT(out); i++) apus_release(out[i]);
    apus_error_clear();
    free(message);
}

/* Nothing but NULL and zero. */
static void call_with_nothing(void)
{
    struct arguments a = {0};
    apus_tensor *out[8] = {NULL}, *result;
    apus_status status = APUS_OK;

    result = current->call(&a, out, &status);
    if (current->tensors > 0 && !apus_error_code())
        describe("takes NULL for a tensor");
    apus_release(result);
    for (size_t i = 0; i < COUNT(out); i++) apus_release(out[i]);
    apus_error_clear();
}

static void crashed(int number)
{
    char line[200];
    int size = snprintf(line, sizeof line, "not ok %s: signal %d, seed %llu\n",
                        current ? current->name : "?", number,
                        (unsigned long long)current_seed);

    if (write(STDOUT_FILENO, line, (size_t)size) < 0) _exit(3);
    _exit(2);
}

/* ---- All of them -------------------------------------------------------- */

int main(int argc, char **argv)
{
    long each = argc > 1 ? atol(argv[1]) : 1000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    const char *only = argc > 3 ? argv[3] : NULL;
    bool any_failed = false;
    double since = seconds();

    for (size_t i = 0; i < COUNT(many_numbers); i++) many_numbers[i] = 1;
    signal(SIGILL, crashed);
    signal(SIGTRAP, crashed);
    signal(SIGABRT, crashed);
    signal(SIGFPE, crashed);
    signal(SIGBUS, crashed);
    signal(SIGSEGV, crashed);
    apus_set_handle_mode(APUS_HANDLES_OWNED);
    setvbuf(stdout, NULL, _IOLBF, 0);

    for (size_t i = 0; i < COUNT(operators_table); i++) {
        current = &operators_table[i];
        if (only && strcmp(only, current->name) != 0) continue;
        harness_current = current->name;
        harness_failed = false;
        fill_pool();
        any_generator();
        call_with_nothing(); /* an operator is made at its first call */
        empty_pool();

        int64_t handles = apus_live_handles(), bytes = apus_live_bytes();

        state = current_seed = seed;
        fill_pool();
        for (long k = 0; k < each; k++) {
            current_seed = state = seed + (uint64_t)k;
            k % 8 ? call_once() : call_with_an_error();
        }
        empty_pool();
        if (apus_live_handles() != handles || apus_live_bytes() != bytes)
            describe("tensors are lost");
        if (!harness_failed) printf("ok %s\n", current->name);
        any_failed = any_failed || harness_failed;
    }
    printf("# %ld calls, of which %ld fail, %ld backward passes, %.2f s, "
           "%.1f MB resident\n", calls, failures, passes, seconds() - since,
           resident_megabytes());
    return any_failed;
}
