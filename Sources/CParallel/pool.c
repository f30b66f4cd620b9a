#define _GNU_SOURCE
#include "CParallel.h"

#include <CThread.h>

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* One loop at a time. The caller describes it in `job`, opens the gate and
 * takes part; when no range is left it closes the gate and waits for the
 * workers that are inside. A worker that comes late finds the gate closed and
 * has touched nothing, so nobody waits for a worker to wake up. */

/* The ranges of one participant, who takes the first ones of its own share and
 * then those of others, so that the same part of an array meets the same
 * processor's cache again. On a cache line of its own. */
typedef struct {
    _Alignas(64) int64_t next; /* in ranges */
    int64_t end;
} share;

static struct {
    apus_parallel_body body;
    void *context;
    int64_t count;
    int64_t step; /* length of a range */
    int32_t threads;
    uint32_t tickets; /* participants so far */
    share shares[APUS_PARALLEL_MOST];
} job;

/* The gate counts, in steps of ENTERED, the workers that are inside or about
 * to find it closed. */
enum { OPEN = 1, AWAITED = 2, ENTERED = 4 };

static _Alignas(64) uint32_t gate;
static _Alignas(64) uint32_t epoch; /* counts loops; what workers wait for */
static _Alignas(64) uint32_t sleepers;

static uint32_t busy;     /* a loop is running */
static int32_t workers;   /* created; only changed by who is busy */
static int32_t chosen;    /* number of threads, 0: not yet known */
static uint32_t patience; /* turns of a wait before it sleeps */

/* Some ten to thirty microseconds: the pause between two loops of a program
 * that does one after the other, and little against the cost of waking up. */
enum { PATIENCE = 1000 };

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void futex_wait(uint32_t *word, uint32_t value)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

/* Takes ranges until there are none. */
static void take_part(int32_t participant)
{
    for (int32_t i = 0; i < job.threads; i++) {
        share *from = &job.shares[(participant + i) % job.threads];

        /* The test keeps the counter from running away. */
        while (__atomic_load_n(&from->next, __ATOMIC_RELAXED) < from->end) {
            int64_t range =
                __atomic_fetch_add(&from->next, 1, __ATOMIC_RELAXED);
            int64_t start = range * job.step;

            if (range >= from->end)
                break;
            job.body(job.context, start,
                     job.count - start < job.step ? job.count
                                                  : start + job.step,
                     participant);
        }
    }
}

static void enter(void)
{
    uint32_t before = __atomic_fetch_add(&gate, ENTERED, __ATOMIC_ACQUIRE);

    if (before & OPEN) {
        uint32_t ticket =
            __atomic_fetch_add(&job.tickets, 1, __ATOMIC_RELAXED);

        if (ticket < (uint32_t)job.threads)
            take_part((int32_t)ticket);
    }
    if (__atomic_sub_fetch(&gate, ENTERED, __ATOMIC_RELEASE) == AWAITED)
        futex_wake(&gate, 1);
}

static void *work(void *seen_at_creation)
{
    uint32_t seen = (uint32_t)(uintptr_t)seen_at_creation;

    for (;;) {
        uint32_t turns = __atomic_load_n(&patience, __ATOMIC_RELAXED);

        while (__atomic_load_n(&epoch, __ATOMIC_ACQUIRE) == seen && turns) {
            relax();
            turns--;
        }
        /* Either the caller sees the sleeper, or the sleeper the new epoch. */
        if (__atomic_load_n(&epoch, __ATOMIC_ACQUIRE) == seen) {
            __atomic_fetch_add(&sleepers, 1, __ATOMIC_SEQ_CST);
            while (__atomic_load_n(&epoch, __ATOMIC_SEQ_CST) == seen)
                futex_wait(&epoch, seen);
            __atomic_fetch_sub(&sleepers, 1, __ATOMIC_SEQ_CST);
        }
        seen = __atomic_load_n(&epoch, __ATOMIC_ACQUIRE);
        enter();
    }
    return NULL;
}

/* The child has none of the workers, and no loop. */
static void after_fork_in_child(void)
{
    workers = 0;
    sleepers = 0;
    gate = 0;
    busy = 0;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

/* Fewer come when the system refuses more; the loop is then done by those. */
static void create_workers(int32_t wanted)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    sigset_t all, before;
    pthread_attr_t detached;
    pthread_t thread;

    pthread_once(&once, watch_forks);
    if (pthread_attr_init(&detached) != 0)
        return;
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (workers < wanted &&
           pthread_create(&thread, &detached, work,
                          (void *)(uintptr_t)epoch) == 0)
        workers++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&detached);
}

/* Waits for the workers inside; none comes in any more. */
static void close_gate(void)
{
    uint32_t now = __atomic_and_fetch(&gate, ~(uint32_t)OPEN, __ATOMIC_ACQUIRE);
    uint32_t turns = patience;

    while (now && turns--) {
        relax();
        now = __atomic_load_n(&gate, __ATOMIC_ACQUIRE);
    }
    if (!now)
        return;
    now = __atomic_or_fetch(&gate, AWAITED, __ATOMIC_ACQUIRE);
    while (now != AWAITED) {
        futex_wait(&gate, now);
        now = __atomic_load_n(&gate, __ATOMIC_ACQUIRE);
    }
    __atomic_and_fetch(&gate, ~(uint32_t)AWAITED, __ATOMIC_ACQUIRE);
}

static void run(int64_t count, int64_t step, int32_t threads,
                apus_parallel_body body, void *context)
{
    int64_t ranges = (count - 1) / step + 1;

    job.body = body;
    job.context = context;
    job.count = count;
    job.step = step;
    job.threads = threads;
    job.tickets = 1;
    for (int32_t i = 0; i < threads; i++) {
        job.shares[i].next = ranges / threads * i +
                             ranges % threads * i / threads;
        job.shares[i].end = ranges / threads * (i + 1) +
                            ranges % threads * (i + 1) / threads;
    }
    __atomic_fetch_or(&gate, OPEN, __ATOMIC_RELEASE);
    __atomic_fetch_add(&epoch, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&sleepers, __ATOMIC_SEQ_CST) > 0)
        futex_wake(&epoch, threads - 1);
    take_part(0);
    close_gate();
}

void apus_parallel_for(int64_t count, int64_t grain, apus_parallel_body body,
                       void *context)
{
    int32_t threads = apus_parallel_threads();
    int64_t grains;

    if (count <= 0)
        return;
    if (grain < 1)
        grain = 1;
    grains = (count - 1) / grain + 1;
    if (grains < threads)
        threads = (int32_t)grains;
    if (threads <= 1 || __atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE)) {
        body(context, 0, count, 0);
        return;
    }
    if (workers < threads - 1)
        create_workers(threads - 1);
    if (workers) {
        /* Some eight ranges for each, so that the last one done is short. */
        int64_t each = grains / (8 * (int64_t)threads);

        bool was = apus_references_share();

        run(count, each > 1 ? each * grain : grain, threads, body, context);
        apus_references_unshare(was);
    } else {
        body(context, 0, count, 0);
    }
    __atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
}

/* A worker that waits by turning round must not keep others from working. */
static void choose(int32_t count)
{
    uint32_t turns = count <= apus_parallel_processors() ? PATIENCE : 0;

    __atomic_store_n(&patience, turns, __ATOMIC_RELAXED);
    __atomic_store_n(&chosen, count, __ATOMIC_RELEASE);
}

int32_t apus_parallel_threads(void)
{
    int32_t count = __atomic_load_n(&chosen, __ATOMIC_ACQUIRE);
    const char *text;
    long asked;

    if (count)
        return count;
    text = getenv("OMP_NUM_THREADS");
    asked = text ? strtol(text, NULL, 10) : 0;
    if (asked < 1)
        asked = apus_parallel_processors();
    apus_parallel_set_threads(asked > APUS_PARALLEL_MOST ? APUS_PARALLEL_MOST
                                                         : (int32_t)asked);
    return __atomic_load_n(&chosen, __ATOMIC_ACQUIRE);
}

void apus_parallel_set_threads(int32_t count)
{
    choose(count < 1 ? 1
                     : count > APUS_PARALLEL_MOST ? APUS_PARALLEL_MOST : count);
}
