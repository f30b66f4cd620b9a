/* Hooks for saved tensors: what they get, when they are called, what they may
 * not do, and when what they packed is dropped. */
#include "harness.h"

static apus_tensor *leaf(float a, float b)
{
    apus_tensor *x = FLOATS(a, b);

    apus_requires_grad_(x, true);
    return x;
}

typedef struct counts {
    int packed, unpacked, dropped, destroyed;
} counts;

static apus_status pack(void *payload, apus_tensor *tensor, void **packed)
{
    counts *self = payload;

    self->packed++;
    /* What a hook computes is neither recorded nor packed. */
    apus_tensor *other = apus_exp(tensor);
    CHECK(!apus_requires_grad(other));
    apus_release(other);
    apus_retain(tensor);
    *packed = tensor;
    return apus_error_code();
}

static apus_status unpack(void *payload, void *packed, apus_tensor **tensor)
{
    counts *self = payload;

    self->unpacked++;
    apus_retain(packed);
    *tensor = packed;
    return APUS_OK;
}

static void drop(void *payload, void *packed)
{
    counts *self = payload;

    self->dropped++;
    CHECK_INT(self->destroyed, 0);
    apus_release(packed);
}

static void destroy(void *payload)
{
    ((counts *)payload)->destroyed++;
}

TEST(saved_tensors_are_packed_and_unpacked)
{
    counts self = {0};
    apus_tensor *x = leaf(1, 2), *w = leaf(3, 4);

    CHECK_INT(apus_saved_tensors_hooks_push(pack, unpack, drop, &self, destroy),
              APUS_OK);
    apus_tensor *y = apus_mul(x, w);
    CHECK_INT(self.packed, 2);
    apus_tensor *z = apus_sum(apus_exp(y));
    CHECK_INT(self.packed, 3);
    apus_saved_tensors_hooks_pop();
    apus_mul(x, w);
    CHECK_INT(self.packed, 3);
    CHECK_INT(self.unpacked, 0);
    CHECK_INT(apus_backward(z), APUS_OK);
    CHECK_INT(self.unpacked, 3);
    CHECK_INT(self.dropped, 3);
    CHECK_INT(self.destroyed, 1);
    SHOWS(apus_grad(x), "tensor([   60.2566, 11923.8320])");
}

TEST(unused_graphs_drop_what_was_packed)
{
    counts self = {0};
    apus_tensor *x = leaf(1, 2);

    apus_saved_tensors_hooks_push(pack, unpack, drop, &self, destroy);
    apus_tensor *y = apus_mul(x, x);
    apus_saved_tensors_hooks_pop();
    CHECK_INT(self.packed, 2);
    CHECK_INT(self.dropped + self.destroyed, 0);
    apus_release(y);
    CHECK_INT(self.dropped, 2);
    CHECK_INT(self.destroyed, 1);
}

TEST(the_innermost_hooks_count)
{
    counts outer = {0}, inner = {0};
    apus_tensor *x = leaf(1, 2);

    apus_saved_tensors_hooks_push(pack, unpack, drop, &outer, destroy);
    apus_saved_tensors_hooks_push(pack, unpack, drop, &inner, destroy);
    apus_release(apus_exp(x));
    apus_saved_tensors_hooks_pop();
    CHECK_INT(inner.packed, 1);
    CHECK_INT(outer.packed, 0);
    apus_release(apus_exp(x));
    CHECK_INT(outer.packed, 1);
    apus_saved_tensors_hooks_pop();
    CHECK_INT(outer.dropped + inner.dropped, 2);
    CHECK_INT(outer.destroyed + inner.destroyed, 2);
    apus_saved_tensors_hooks_pop(); /* one too many is no matter */
}

/* ---- Faults ------------------------------------------------------------- */

static apus_status changes(void *payload, apus_tensor *tensor, void **packed)
{
    (void)payload;
    apus_add_scalar_(tensor, 1);
    *packed = NULL;
    return apus_error_code();
}

static apus_status fails(void *payload, apus_tensor *tensor, void **packed)
{
    (void)payload;
    (void)tensor;
    (void)packed;
    return apus_fail(APUS_ERROR_VALUE, "from pack");
}

static apus_status gives_nothing(void *payload, void *packed,
                                 apus_tensor **tensor)
{
    (void)payload;
    (void)packed;
    (void)tensor;
    return APUS_OK;
}

TEST(faults_of_hooks)
{
    apus_tensor *x = leaf(1, 2), *y = apus_mul_scalar(x, 1);

    apus_saved_tensors_hooks_push(changes, unpack, NULL, NULL, NULL);
    FAILS(apus_pow_scalar(y, 2), APUS_ERROR_RUNTIME,
          "A saved tensor pack hook is modifying its input in place. Tensors "
          "provided as input to pack hook cannot be modified by in-place "
          "operations as this can lead to unexpected side-effects. Please open "
          "an issue if you need to perform in-place operations on the input to "
          "a pack hook.");
    apus_saved_tensors_hooks_pop();
    apus_saved_tensors_hooks_push(fails, unpack, NULL, NULL, NULL);
    FAILS(apus_exp(x), APUS_ERROR_VALUE, "from pack");
    apus_saved_tensors_hooks_pop();

    static counts self; /* what is collected later finds it */
    counts other = {0};

    apus_saved_tensors_hooks_push(pack, gives_nothing, drop, &self, destroy);
    y = apus_exp(x);
    apus_saved_tensors_hooks_pop();
    FAILS(apus_backward(apus_sum(y)), APUS_ERROR_NULL,
          "argument 'tensor' is NULL");
    apus_release(y);

    FAILS(apus_saved_tensors_hooks_push(NULL, unpack, drop, &other, destroy),
          APUS_ERROR_NULL, "argument 'pack' is NULL");
    FAILS(apus_saved_tensors_hooks_push(pack, NULL, drop, &other, destroy),
          APUS_ERROR_NULL, "argument 'unpack' is NULL");
    CHECK_INT(other.destroyed, 2);
}

TEST(hooks_may_be_forbidden)
{
    counts self = {0};

    CHECK_INT(apus_saved_tensors_hooks_disable("not here"), APUS_OK);
    FAILS(apus_saved_tensors_hooks_push(pack, unpack, drop, &self, destroy),
          APUS_ERROR_RUNTIME, "not here");
    CHECK_INT(self.destroyed, 1);
    apus_saved_tensors_hooks_enable();
    CHECK_INT(apus_saved_tensors_hooks_push(pack, unpack, drop, &self, destroy),
              APUS_OK);
    FAILS(apus_saved_tensors_hooks_disable("nor here"), APUS_ERROR_RUNTIME,
          "nor here");
    apus_saved_tensors_hooks_pop();
    FAILS(apus_saved_tensors_hooks_disable(NULL), APUS_ERROR_NULL,
          "argument 'message' is NULL");
}

/* ---- Owned handles ------------------------------------------------------ */

TEST(owned_handles_leave_nothing)
{
    apus_collect();
    apus_set_handle_mode(APUS_HANDLES_OWNED);
    int64_t before = apus_live_handles();
    counts self = {0};

    for (int i = 0; i < 100; i++) {
        apus_tensor *x = leaf(1, 2);

        apus_saved_tensors_hooks_push(pack, unpack, drop, &self, NULL);
        apus_tensor *y = apus_mul(x, x), *z = apus_sum(y);
        apus_saved_tensors_hooks_pop();
        if (i % 2) apus_backward(z);
        apus_release(x);
        apus_release(y);
        apus_release(z);
    }
    CHECK_INT(self.packed, 200);
    CHECK_INT(self.dropped, 200);
    CHECK_INT(apus_live_handles(), before);
    apus_set_handle_mode(APUS_HANDLES_COLLECTED);
}
