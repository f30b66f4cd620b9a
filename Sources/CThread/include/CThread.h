/* The one thread-local record of the library. Swift has no thread-local
 * variables, and pthread keys cost a call each, so the record lives here. */
#ifndef APUS_CTHREAD_H
#define APUS_CTHREAD_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    bool grad_disabled;        /* set by no_grad; false is PyTorch's default */
    bool registered;           /* the collector knows this thread */
    int32_t error_code;        /* the first error since it was last cleared */
    char *_Nullable error_message;      /* malloc'd, or NULL */
    uint64_t sequence;         /* the number that the next graph node gets */
} apus_thread_record;

apus_thread_record *_Nonnull apus_thread(void) __attribute__((const));

#endif
