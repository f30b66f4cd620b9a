/* A small pool of threads for loops over raw memory.
 *
 * C and not Swift because the workers are to be invisible: they are created
 * with every signal blocked and without libgc's wrapper, know no thread-local
 * state of the library, and allocate nothing. What they write to is kept alive
 * by the stack of the thread that called, which waits for them. */
#ifndef APUS_CPARALLEL_H
#define APUS_CPARALLEL_H

#include <stdbool.h>
#include <stdint.h>

/* Nothing here is part of the C ABI. */
#pragma GCC visibility push(hidden)

enum { APUS_PARALLEL_MOST = 256 };

/* Does the part from `start` up to `end` of a loop. */
typedef void (*apus_parallel_body)(void *context, int64_t start, int64_t end);

/* Calls `body` for ranges that together are 0 up to `count`, each but the last
 * a multiple of `grain` long, on this thread and on workers, and returns when
 * all are done. Calls it once, for everything, when there is one thread, one
 * grain, or another loop is running: that is how nested loops and those of a
 * second caller run. */
void apus_parallel_for(int64_t count, int64_t grain, apus_parallel_body body,
                       void *context);

/* How many threads a loop is divided among, the caller included. Until it is
 * set: OMP_NUM_THREADS, or the processors this process may use, where those
 * that share a core count as one. */
int32_t apus_parallel_threads(void);
void apus_parallel_set_threads(int32_t count);

/* The number as the machine has it, for tests. */
int32_t apus_parallel_processors(void);

#pragma GCC visibility pop

#endif
