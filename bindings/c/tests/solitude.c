/* A process with one thread counts references by plain additions; a second
 * thread may end that at any moment. Each child of this program sees it once.
 * A child starts anew, since Swift's locks remember thread numbers over fork. */
#include "harness.h"

#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHILDREN = 150, PASSES = 300 };

static apus_tensor *leaf;

/* Tensors, graphs and the leaf are shared; the sum of all gradients is exact. */
static void *pass(void *unused)
{
    for (int i = 0; i < PASSES; i++) {
        apus_tensor *y = apus_mul(leaf, leaf);

        apus_backward(apus_sum(apus_add(y, apus_mul_scalar(leaf, 3))));
    }
    return unused;
}

static int child(int number)
{
    struct timespec delay = {0, number * 3000L};
    pthread_t thread;

    leaf = apus_ones(LIST(4), APUS_FLOAT32);
    apus_requires_grad_(leaf, true);
    /* An odd child's second thread is there before, so that its first call
     * falls into the passes of the first. */
    pthread_create(&thread, NULL, pass, NULL);
    if (number % 2) nanosleep(&delay, NULL);
    pass(NULL);
    pthread_join(thread, NULL);

    const float *gradient = apus_data(apus_grad(leaf));
    bool exact = gradient && gradient[3] == 2 * PASSES * 5;
    apus_collect();
    apus_collect();
    return !(exact && apus_error_code() == APUS_OK && apus_live_handles() < 64);
}

/* The exit status of this program as child `number`. */
static int run_child(int number)
{
    char text[16];
    int status = -1;
    pid_t pid;

    snprintf(text, sizeof text, "%d", number);
    setenv("SOLITUDE_CHILD", text, 1);
    pid = fork();
    if (pid == 0) {
        execl("/proc/self/exe", "solitude", (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return status;
}

TEST(a_second_thread_may_come_at_any_moment)
{
    for (int i = 0; i < CHILDREN; i++) CHECK_INT(run_child(i), 0);
}

/* ---- A callback waits for another thread --------------------------------- */

static void *one_call(void *unused)
{
    apus_ones(LIST(2), APUS_FLOAT32);
    return unused;
}

static void wait_for_another(void *payload)
{
    pthread_t thread;

    pthread_create(&thread, NULL, one_call, NULL);
    pthread_join(thread, NULL);
    *(bool *)payload = true;
}

static int waiting_child(void)
{
    static float numbers[2];
    static bool ended;
    int64_t size = 2;
    apus_tensor *x = apus_from_blob(numbers, &size, NULL, 1, APUS_FLOAT32,
                                    wait_for_another, &ended);

    apus_release(x);
    return !ended;
}

TEST(a_deleter_may_wait_for_a_thread_that_calls)
{
    CHECK_INT(run_child(-1), 0);
}

__attribute__((constructor)) static void be_child(void)
{
    const char *number = getenv("SOLITUDE_CHILD");

    if (number) _exit(*number == '-' ? waiting_child() : child(atoi(number)));
}

/* ---- A loop on several threads keeps its order --------------------------- */

TEST(a_loop_on_several_threads_is_not_alone)
{
    apus_tensor *x = apus_ones(LIST(1 << 20), APUS_FLOAT32), *sum = NULL;

    CHECK_INT(apus_set_num_threads(2), APUS_OK);
    for (int i = 0; i < 20; i++) sum = apus_sum(apus_add(x, x));
    CHECK(*(const float *)apus_data(sum) == 2 << 20);
}
