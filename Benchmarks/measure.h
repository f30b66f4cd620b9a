/* What the C programs share: the clock, and the answers to lines
 * `count name size` on standard input, each with the seconds that the workload
 * takes `count` times, or with "absent" and a reason. See workers.py. */
#ifndef MEASURE_H
#define MEASURE_H
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <time.h>

static inline double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The function returns a negative number for a workload that it does not know
 * or that can't run, and sets the reason. */
static inline void serve(double (*run)(const char *name, long size, long count,
                                       const char **reason))
{
    char line[256], name[64];
    long count, size;

    while (fgets(line, sizeof line, stdin)) {
        const char *reason = "unknown workload";
        double t = -1;

        if (sscanf(line, "%ld %63s %ld", &count, name, &size) == 3)
            t = run(name, size, count, &reason);
        if (t < 0)
            printf("absent %s\n", reason);
        else
            printf("%.9g\n", t);
        fflush(stdout);
    }
}

#endif
