#define _GNU_SOURCE
#include "CThread.h"

#include <stdio.h>
#include <stdlib.h>

#include <pthread.h>
#include <time.h>
#include <unistd.h>

_Thread_local apus_thread_record apus_thread_storage;

/* Growth is recursive: libgc may run a finalizer of the program when cells are
 * being allocated, and that may ask for more. */
static const pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
static const pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static pthread_mutex_t locks[APUS_LOCK_COUNT] = {
    PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER,
    [APUS_LOCK_GROWTH] = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP,
    PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER,
};

void apus_lock(apus_lock_name name)
{
    pthread_mutex_lock(&locks[name]);
}

bool apus_try_lock(apus_lock_name name)
{
    return pthread_mutex_trylock(&locks[name]) == 0;
}

void apus_unlock(apus_lock_name name)
{
    pthread_mutex_unlock(&locks[name]);
}

static apus_thread_record *first_thread;

void apus_thread_enlist(void)
{
    apus_thread_record *own = apus_thread();

    if (own->listed)
        return;
    apus_lock(APUS_LOCK_THREADS);
    own->listed = true;
    own->previous = NULL;
    own->next = first_thread;
    if (first_thread)
        first_thread->previous = own;
    first_thread = own;
    apus_unlock(APUS_LOCK_THREADS);
}

void apus_thread_delist(void)
{
    apus_thread_record *own = apus_thread();

    if (!own->listed)
        return;
    apus_lock(APUS_LOCK_THREADS);
    own->listed = false;
    if (own->next)
        own->next->previous = own->previous;
    if (own->previous)
        own->previous->next = own->next;
    else
        first_thread = own->next;
    apus_unlock(APUS_LOCK_THREADS);
}

bool apus_threads_are_outside(void)
{
    bool outside = true;

    if (!apus_try_lock(APUS_LOCK_THREADS))
        return false;
    for (apus_thread_record *it = first_thread; it && outside; it = it->next)
        outside = !it->callbacks &&
                  (!it->inside || (it->inside == 1 && it->at_safe_point));
    apus_unlock(APUS_LOCK_THREADS);
    return outside;
}

apus_kept_error apus_error_put_aside(void)
{
    apus_thread_record *own = apus_thread();
    apus_kept_error kept = {own->error_code, own->error_message};

    own->error_code = 0;
    own->error_message = NULL;
    return kept;
}

void apus_error_put_back(apus_kept_error kept, bool forget)
{
    apus_thread_record *own = apus_thread();

    if (!kept.code && !forget)
        return;
    free(own->error_message);
    own->error_code = kept.code;
    own->error_message = kept.message;
}

int64_t apus_threads_storage_bytes(void)
{
    int64_t sum = 0;

    apus_lock(APUS_LOCK_THREADS);
    for (apus_thread_record *it = first_thread; it; it = it->next)
        sum += __atomic_load_n(&it->storage_bytes, __ATOMIC_RELAXED);
    apus_unlock(APUS_LOCK_THREADS);
    return sum;
}

/* A destroy callback may fork while its own thread drains, a finalizer while it
 * collects; waiting for these locks would be forever, so fork leaves them
 * alone. */
static bool fork_takes(int lock)
{
    return lock != APUS_LOCK_DRAIN && lock != APUS_LOCK_GATHER;
}

static void before_fork(void)
{
    for (int i = 0; i < APUS_LOCK_COUNT; i++)
        if (fork_takes(i))
            apus_lock(i);
}

static void after_fork(void)
{
    for (int i = APUS_LOCK_COUNT - 1; i >= 0; i--)
        if (fork_takes(i))
            apus_unlock(i);
}

/* Only the thread that forked lives on. The others' records are memory that is
 * still mapped, but nobody's. The locks are made anew, because a recursive one
 * belongs to a thread number, and the child has another. */
static void after_fork_in_child(void)
{
    apus_thread_record *own = apus_thread();

    first_thread = own->listed ? own : NULL;
    (void)apus_pending_take(APUS_PENDING_GATHER);
    apus_thread_alone_after_fork();
    own->next = NULL;
    own->previous = NULL;
    for (int i = 0; i < APUS_LOCK_COUNT; i++)
        locks[i] = i == APUS_LOCK_GROWTH ? recursive : plain;
}

void apus_locks_survive_fork(void)
{
    pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

static pthread_key_t end_key;

bool apus_thread_set_end(void (*at_end)(void *))
{
    return pthread_key_create(&end_key, at_end) == 0;
}

bool apus_thread_will_end(void)
{
    return pthread_setspecific(end_key, apus_thread()) == 0;
}

bool apus_thread_is_main(void)
{
    return getpid() == gettid();
}

int64_t apus_process_identifier(void)
{
    return getpid();
}

int64_t apus_thread_identifier(void)
{
    return gettid();
}

uint64_t apus_clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool apus_write_stdout(const void *bytes, size_t count)
{
    return fwrite(bytes, 1, count, stdout) == count;
}
