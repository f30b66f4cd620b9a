/* Counting references without atomic instructions while one thread has the
 * engine for itself, as GNU's shared_ptr does. An atomic addition takes some
 * twenty times as long as a plain one, and a small operation makes a dozen.
 *
 * The library is linked with --wrap for the four functions below, so that the
 * engine's calls come here; linked otherwise, nothing of this is used. */
#define _GNU_SOURCE
#include "CThread.h"

#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__real_swift_retain(void *) __attribute__((weak));
extern void *__real_swift_retain_n(void *, uint32_t) __attribute__((weak));
extern void __real_swift_release(void *) __attribute__((weak));
extern void __real_swift_release_n(void *, uint32_t) __attribute__((weak));
extern void *swift_nonatomic_retain(void *);
extern void *swift_nonatomic_retain_n(void *, uint32_t);
extern void swift_nonatomic_release(void *);
extern void swift_nonatomic_release_n(void *, uint32_t);

void *__wrap_swift_retain(void *object);
void *__wrap_swift_retain_n(void *object, uint32_t n);
void __wrap_swift_release(void *object);
void __wrap_swift_release_n(void *object, uint32_t n);

/* True while plain additions do: one thread is alone, and no loop of its runs
 * on several. Read at every count, so changes are ordered by what is around
 * them and not by the access itself. */
static bool plain;

/* Under the lock: who is alone. */
static apus_thread_record *alone;
static bool several;

static bool plain_now(void)
{
    return __atomic_load_n(&plain, __ATOMIC_RELAXED);
}

static void set_plain(bool value)
{
    __atomic_store_n(&plain, value, __ATOMIC_RELEASE);
}

void *__wrap_swift_retain(void *object)
{
    return plain_now() ? swift_nonatomic_retain(object)
                       : __real_swift_retain(object);
}

void *__wrap_swift_retain_n(void *object, uint32_t n)
{
    return plain_now() ? swift_nonatomic_retain_n(object, n)
                       : __real_swift_retain_n(object, n);
}

void __wrap_swift_release(void *object)
{
    if (plain_now())
        swift_nonatomic_release(object);
    else
        __real_swift_release(object);
}

void __wrap_swift_release_n(void *object, uint32_t n)
{
    if (plain_now())
        swift_nonatomic_release_n(object, n);
    else
        __real_swift_release_n(object, n);
}

static bool can_be_alone(void)
{
    return __real_swift_retain &&
           syscall(SYS_membarrier,
                   MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

/* The thread that was alone may be in the middle of a plain addition. It has
 * said that it is in the library, or will, after the barrier, see that it is
 * no longer alone; so its leaving is the end of all plain additions. */
static void end_solitude(void)
{
    several = true;
    set_plain(false);
    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    while (alone && __atomic_load_n(&alone->inside, __ATOMIC_ACQUIRE))
        sched_yield();
    set_plain(false); /* a loop of its may have ended meanwhile */
}

void apus_thread_join(void)
{
    apus_thread_record *own = apus_thread();

    apus_lock(APUS_LOCK_ALONE);
    if (!alone && !several && can_be_alone()) {
        alone = own;
        set_plain(true);
    } else if (!several && alone != own) {
        end_solitude();
    }
    apus_unlock(APUS_LOCK_ALONE);
}

void apus_thread_leave(void)
{
    apus_lock(APUS_LOCK_ALONE);
    if (alone == apus_thread()) {
        alone = NULL;
        set_plain(false);
    }
    apus_unlock(APUS_LOCK_ALONE);
}

void apus_thread_alone_after_fork(void)
{
    apus_thread_record *own = apus_thread();

    if (alone != own) {
        alone = NULL;
        several = true;
        set_plain(false);
    }
}

bool apus_references_share(void)
{
    bool was = plain_now();

    if (was)
        set_plain(false);
    return was;
}

void apus_references_unshare(bool was)
{
    if (was)
        set_plain(!several);
}
