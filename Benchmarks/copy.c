/* A plain copy as a yardstick: `copy SIZE` moves as much as a kernel that reads
 * and writes SIZE bytes in all, on as many threads as the argument says. */
#include "measure.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

static long threads = 1;

typedef struct {
    char *from, *to;
    size_t size;
    long count;
} share;

static void *copy(void *argument)
{
    const share *s = argument;

    for (long i = 0; i < s->count; i++) {
        memcpy(s->to, s->from, s->size);
        __asm__ volatile("" : : "r"(s->to) : "memory");
    }
    return NULL;
}

/* Each thread copies its part `count` times without waiting for the others. */
static double run(const char *name, long size, long count, const char **reason)
{
    size_t bytes = (size_t)size / 2, part = bytes / (size_t)threads;
    char *from = aligned_alloc(4096, (bytes + 4095) & ~(size_t)4095);
    char *to = aligned_alloc(4096, (bytes + 4095) & ~(size_t)4095);
    pthread_t others[MOST];
    share shares[MOST];
    double start;

    if (strcmp(name, "copy") || !from || !to)
        return -1;
    *reason = "no thread";
    memset(from, 1, bytes);
    memset(to, 2, bytes);
    start = seconds();
    for (long i = 0; i < threads; i++) {
        size_t begin = (size_t)i * part;

        shares[i] = (share){from + begin, to + begin, part, count};
        if (i && pthread_create(&others[i], NULL, copy, &shares[i]))
            return -1;
    }
    copy(&shares[0]);
    for (long i = 1; i < threads; i++)
        pthread_join(others[i], NULL);
    start = seconds() - start;
    free(from);
    free(to);
    return start;
}

int main(int argc, char **argv)
{
    threads = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    if (threads < 1 || threads > MOST)
        return 1;
    serve(run);
    return 0;
}
