/* A test is TEST(name) { ... }; it registers itself. The program runs them in
 * the order of the file, or those whose names are its arguments, and prints
 * "ok NAME", or "not ok NAME: why" for the first thing that is wrong.
 *
 * A test begins without an error, and fails when it leaves one. */
#ifndef HARNESS_H
#define HARNESS_H

#ifndef _GNU_SOURCE /* C++ has it */
#define _POSIX_C_SOURCE 200809L
#endif

#include <apus.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *harness_current;
static bool harness_failed;

/* ---- What a test can say ------------------------------------------------ */

#define FAIL(...)                                                              \
    do {                                                                       \
        if (!harness_failed) {                                                 \
            printf("not ok %s: line %d: ", harness_current, __LINE__);         \
            printf(__VA_ARGS__);                                               \
            printf("\n");                                                      \
        }                                                                      \
        harness_failed = true;                                                 \
    } while (0)

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) FAIL("%s; %s", #condition, apus_error_message());    \
    } while (0)

#define CHECK_INT(expression, expected)                                        \
    do {                                                                       \
        long long got_ = (long long)(expression);                              \
        long long want_ = (long long)(expected);                               \
        if (got_ != want_)                                                     \
            FAIL("%s is %lld, not %lld; %s", #expression, got_, want_,         \
                 apus_error_message());                                        \
    } while (0)

#define CHECK_TEXT(expression, expected)                                       \
    do {                                                                       \
        const char *got_ = (expression), *want_ = (expected);                  \
        if (!got_ || strcmp(got_, want_) != 0)                                 \
            FAIL("%s is\n%s\nnot\n%s\n%s", #expression, got_ ? got_ : "NULL",  \
                 want_, apus_error_message());                                 \
    } while (0)

/* The tensor prints as PyTorch prints it. */
#define SHOWS(tensor, text) CHECK_TEXT(apus_to_string(tensor), text)

/* The expression fails with this code and message; what it returns does not
 * matter. Clears the error. */
#define FAILS(expression, code, text)                                          \
    do {                                                                       \
        apus_error_clear();                                                    \
        (void)(expression);                                                    \
        if (apus_error_code() != (code) ||                                     \
            strcmp(apus_error_message(), (text)) != 0)                         \
            FAIL("%s gives error %d\n%s\nnot %d\n%s", #expression,             \
                 (int)apus_error_code(), apus_error_message(), (int)(code),    \
                 (text));                                                      \
        apus_error_clear();                                                    \
    } while (0)

/* ---- What tests need ---------------------------------------------------- */

/* Megabytes of physical memory that the process has; 0 where /proc is not. */
__attribute__((unused)) static double resident_megabytes(void)
{
    char line[256];
    long kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");

    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "VmRSS: %ld", &kilobytes) == 1) break;
    }
    if (file) fclose(file);
    return (double)kilobytes / 1024;
}

__attribute__((unused)) static double seconds(void)
{
    struct timespec now;

    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Overwrites what earlier calls left on the stack: the collector takes every
 * word there for a pointer. */
__attribute__((unused, noinline)) static void scrub_stack(void)
{
    volatile char waste[16384];

    for (size_t i = 0; i < sizeof waste; i++) waste[i] = 0;
}

/* A one-dimensional float32 tensor with these numbers. */
#define FLOATS(...)                                                            \
    apus_tensor_from((const float[]){__VA_ARGS__},                             \
                     (const int64_t[]){sizeof((const float[]){__VA_ARGS__}) /  \
                                       sizeof(float)},                         \
                     1, APUS_FLOAT32)

/* A list of integers as two arguments. */
#define LIST(...)                                                              \
    (const int64_t[]){__VA_ARGS__},                                            \
        sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)

/* ---- Running; a program without TESTs defines HARNESS_NO_MAIN ----------- */

#ifndef HARNESS_NO_MAIN

typedef struct harness_test {
    const char *name;
    void (*run)(void);
    struct harness_test *next;
} harness_test;

static harness_test *harness_first, **harness_end = &harness_first;

#define TEST(test)                                                             \
    static void test(void);                                                    \
    __attribute__((constructor)) static void harness_add_##test(void)          \
    {                                                                          \
        static harness_test self;                                              \
        self.name = #test;                                                     \
        self.run = test;                                                       \
        *harness_end = &self;                                                  \
        harness_end = &self.next;                                              \
    }                                                                          \
    static void test(void)

static bool harness_is_chosen(const char *name, char **names)
{
    if (!*names) return true;
    for (; *names; names++) {
        if (strcmp(*names, name) == 0) return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    bool failed = false;

    (void)argc;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (harness_test *test = harness_first; test; test = test->next) {
        if (!harness_is_chosen(test->name, argv + 1)) continue;
        harness_current = test->name;
        harness_failed = false;
        apus_error_clear();
        test->run();
        if (apus_error_code() != APUS_OK)
            FAIL("an error is left: %s", apus_error_message());
        if (!harness_failed) printf("ok %s\n", test->name);
        failed = failed || harness_failed;
    }
    return failed;
}
#endif

#endif
