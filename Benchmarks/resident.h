/* How much memory the process has. */
#ifndef RESIDENT_H
#define RESIDENT_H
#include <stdio.h>
#include <unistd.h>

static inline double resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file && fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

#endif
