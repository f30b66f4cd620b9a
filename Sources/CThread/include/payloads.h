/* What the engine keeps for the program: payloads of callbacks, and whatever
 * the program packed. Those that lie in the collector's heap are registered
 * here, because the engine's own memory is invisible to the collector.
 *
 * A payload may refer to the tensor whose graph holds it. As a root it would
 * never end. So a collection that finds the engine at rest, every thread
 * outside of it, goes from the handles it has marked through the engine's
 * objects to the payloads that these hold, from there through the program's
 * memory to other handles, and so on; what it does not come by is garbage. A
 * collection that interrupts the engine takes every payload for a root. */
#ifndef APUS_PAYLOADS_H
#define APUS_PAYLOADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nothing here is part of the C ABI. */
#pragma GCC visibility push(hidden)

typedef struct apus_payload {
    void *pointer;  /* the program's, or the next free record */
    uint32_t used;
    uint32_t roots; /* holders that a collection does not come by */
    bool awaited;   /* the program sees the pointer once more at its end */
    bool reached;
} apus_payload;

/* What a collection calls while every thread is stopped. */
typedef struct apus_reach_functions {
    /* libgc's */
    void *(*base)(void *);
    int (*kind_and_size)(const void *, size_t *);
    int (*is_marked)(const void *);
    void (*set_mark)(const void *);
    size_t (*heap_size)(void);
    bool (*can_trace)(void);
    void (*push_all)(void *, void *);
    void (*push_other_roots)(void); /* whoever pushed roots before, or NULL */
    /* the engine's; none allocates or waits */
    void (*object)(void *object);  /* an object that a handle holds */
    void (*expand)(void *noted);   /* notes what a noted one refers to */
    void (*forget)(void *noted);   /* takes the mark off */
} apus_reach_functions;

void apus_payloads_init(apus_reach_functions functions);

/* Registers a pointer into the collector's heap; `*record` stays NULL for any
 * other, which needs none. False when there is no memory for it. */
bool apus_payload_add(void *pointer, bool awaited, apus_payload **record);
void apus_payload_remove(apus_payload *record);

/* Whether there are any. */
bool apus_payloads_used(void);

/* Counts holders that a collection does not come by. */
void apus_payload_hold(apus_payload *record, int32_t change);

/* Counts objects that hold tensors where a collection does not come by: while
 * there is one, every payload is a root. */
void apus_payloads_hide(int32_t change);

/* libgc calls it for roots of all kinds. */
void apus_payloads_push_roots(void);

/* Before and after handles are swept. */
void apus_payloads_trace(void);
void apus_payloads_keep_awaited(void);

/* For the engine, while a collection traces: remembers an object to be
 * expanded, false when there is no room; comes by a payload. */
bool apus_reach_note(void *object);
void apus_reach_payload(apus_payload *record);

#pragma GCC visibility pop

#endif
