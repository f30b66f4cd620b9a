/* What Swift can't express: the one thread-local record of the library
 * (pthread keys cost a call each), and the code that runs while the collector
 * has stopped every thread (see cells.h). */
#ifndef APUS_CTHREAD_H
#define APUS_CTHREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cells.h"
#include "payloads.h"

/* Nothing here is part of the C ABI. */
#pragma GCC visibility push(hidden)

typedef struct apus_thread_record {
    bool grad_disabled;        /* set by no_grad; false is PyTorch's default */
    uint32_t modes;            /* what makes every call take the long way */
    void *context;             /* Autograd's ThreadContext, retained, or NULL */
    bool registered;           /* the collector knows this thread */
    bool unregister;           /* and we told it, so we take it back */
    uint32_t inside;           /* calls that have not returned; see below */
    uint32_t callbacks;        /* callbacks of the program's that have not */
    bool at_safe_point;        /* a call that has not looked at anything yet */
    int32_t error_code;        /* the first error since it was last cleared */
    void *error_message;       /* malloc'd, or NULL */
    uint64_t sequence;         /* the number that the next graph node gets */
    int64_t profiled_bytes;    /* of storage, counted while a mode is on */

    apus_cell *free_cells;     /* to hand out, linked through `object` */
    apus_cell *released_first; /* given back, not to be reused for a while */
    apus_cell *released_last;
    uint32_t released_count;
    void *pool;                /* free storage blocks, see Pool.swift */
    int64_t handle_bytes;      /* what the collector's account still lacks */
    int64_t storage_bytes;     /* the same for storage; may be negative */

    struct apus_thread_record *next, *previous; /* all that have an account */
    bool listed;
} apus_thread_record;

/* Initial-exec: one load instead of a call, and the record is small enough for
 * the space that the loader keeps for libraries opened at run time. */
extern _Thread_local apus_thread_record apus_thread_storage
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

static inline apus_thread_record *apus_thread(void)
{
    return &apus_thread_storage;
}

/* The locks. None is ever taken while the world is stopped, and all are taken
 * around fork(), so that a child finds them free. Order: as listed. */
typedef enum {
    APUS_LOCK_ALONE,
    APUS_LOCK_INIT,
    APUS_LOCK_GATHER,
    APUS_LOCK_DRAIN,
    APUS_LOCK_GROWTH,
    APUS_LOCK_THREADS,
    APUS_LOCK_CELLS,
    APUS_LOCK_POOL,
    APUS_LOCK_PAYLOADS,
    APUS_LOCK_COUNT
} apus_lock_name;

void apus_lock(apus_lock_name name);
bool apus_try_lock(apus_lock_name name);
void apus_unlock(apus_lock_name name);
void apus_locks_survive_fork(void);

/* Arranges that `at_end` runs when a thread that called
 * `apus_thread_will_end` ends. */
bool apus_thread_set_end(void (*at_end)(void *));
bool apus_thread_will_end(void);

/* Enters or leaves the list of threads whose account counts. Idempotent. */
void apus_thread_enlist(void);
void apus_thread_delist(void);

/* What all listed threads have not yet added to the common account. Exact when
 * no other thread is at work. */
int64_t apus_threads_storage_bytes(void);

/* References are counted by plain additions while one thread has the library
 * for itself; see references.c. For that each thread joins before its first
 * call and leaves at its end, and says from where to where it is inside. */
void apus_thread_join(void);
void apus_thread_leave(void);
void apus_thread_alone_after_fork(void);

static inline void apus_thread_enter(apus_thread_record *own)
{
    __atomic_store_n(&own->inside, own->inside + 1, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void apus_thread_exit(apus_thread_record *own)
{
    __atomic_store_n(&own->inside, own->inside - 1, __ATOMIC_RELEASE);
}

/* Around a callback of the program's: it may wait for another thread, which
 * may wait for this one to be outside. */
static inline uint32_t apus_thread_step_out(void)
{
    uint32_t inside = apus_thread_storage.inside;

    apus_thread_storage.callbacks++;
    __atomic_store_n(&apus_thread_storage.inside, 0, __ATOMIC_RELEASE);
    return inside;
}

static inline void apus_thread_step_in(uint32_t inside)
{
    __atomic_store_n(&apus_thread_storage.inside, inside, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    apus_thread_storage.callbacks--;
}

/* Whether no thread is in the library or in a callback of it, but for one at
 * its safe point. For a collection, while every thread is stopped; false, too,
 * when one was stopped in the middle of coming or going. */
bool apus_threads_are_outside(void);

/* The calling thread's error, put aside during a callback. */
typedef struct apus_kept_error {
    int32_t code;
    void *message;
} apus_kept_error;

apus_kept_error apus_error_put_aside(void);

/* Puts an error back in place of what came meanwhile. Without one, what came
 * meanwhile stays, unless `forget`. */
void apus_error_put_back(apus_kept_error kept, bool forget);

/* Around a loop that other threads take part in. */
bool apus_references_share(void);
void apus_references_unshare(bool was);

/* The thread that runs main(). */
bool apus_thread_is_main(void);

uint64_t apus_clock_ns(void);

/* The numbers that the system gives to this process and to this thread. */
int64_t apus_process_identifier(void);
int64_t apus_thread_identifier(void);

/* Writes to C's stdout, whose name Swift 6 refuses as shared mutable state. */
bool apus_write_stdout(const void *bytes, size_t count);

#pragma GCC visibility pop

#endif
