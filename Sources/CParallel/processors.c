#define _GNU_SOURCE
#include "CParallel.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

/* Up to two numbers from a file; those that are not there are 0. */
static void read_numbers(const char *path, long long numbers[2])
{
    FILE *file = fopen(path, "re");

    numbers[0] = numbers[1] = 0;
    if (!file)
        return;
    if (fscanf(file, "%lld %lld", &numbers[0], &numbers[1]) < 1)
        numbers[0] = 0;
    fclose(file);
}

/* The first processor of the core that `processor` belongs to. */
static int first_of_core(int processor)
{
    char path[96];
    long long siblings[2];

    snprintf(path, sizeof path,
             "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
             processor);
    siblings[0] = processor;
    if (access(path, R_OK) == 0)
        read_numbers(path, siblings);
    return siblings[0] >= 0 && siblings[0] < CPU_SETSIZE ? (int)siblings[0]
                                                         : processor;
}

/* How many processors' time the control group grants, rounded up; 0 for no
 * limit. */
static long long granted(void)
{
    long long both[2], period[2]; /* quota and period */

    read_numbers("/sys/fs/cgroup/cpu.max", both);
    if (both[0] <= 0) {
        read_numbers("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", both);
        read_numbers("/sys/fs/cgroup/cpu/cpu.cfs_period_us", period);
        both[1] = period[0];
    }
    return both[0] > 0 && both[1] > 0 ? (both[0] - 1) / both[1] + 1 : 0;
}

int32_t apus_parallel_processors(void)
{
    cpu_set_t usable, cores;
    long long count, limit = granted();

    if (sched_getaffinity(0, sizeof usable, &usable) != 0)
        return 1;
    CPU_ZERO(&cores);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &usable))
            CPU_SET(first_of_core(i), &cores);
    count = CPU_COUNT(&cores);
    if (limit > 0 && limit < count)
        count = limit;
    if (count > APUS_PARALLEL_MOST)
        count = APUS_PARALLEL_MOST;
    return count < 1 ? 1 : (int32_t)count;
}
