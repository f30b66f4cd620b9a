/* The cells behind the handles, and their sweep.
 *
 * A handle is the address of a cell. Cells fill whole pages of the collector's
 * heap; the collector marks them like anything else, and nothing else is left
 * to it: at the end of its mark phase a sweep walks the pages, turns
 * unmarked cells into dead ones and marks every cell, so that the collector
 * never takes one back. There is no finalizer, and no list that has to be kept
 * in step: a cell's own state word says everything.
 *
 * The sweep is C and not Swift because the world is stopped: it may not
 * allocate, take a lock or enter the Swift runtime, which does both at times
 * of its own choice. */
#ifndef APUS_CELLS_H
#define APUS_CELLS_H

#include <stdbool.h>
#include <stdint.h>

/* Nothing here is part of the C ABI. */
#pragma GCC visibility push(hidden)

typedef struct apus_cell {
    uint32_t state;    /* one of the values below */
    uint32_t retained; /* while not 0 the cell is a root */
    void *object;      /* a strong reference, or the next free cell */
} apus_cell;

enum {
    APUS_CELL_FREE = 0x0A905EE0,  /* in a free list, or given back lately */
    APUS_CELL_COLLECTED = 0x0A905EE2, /* in use, the collector ends it */
    APUS_CELL_OWNED = 0x0A905EE3, /* in use, the last release ends it */
    APUS_CELL_RELEASED = 0x0A905EE4,  /* released, but may still be pointed to */
    APUS_CELL_DEAD = 0x0A905EE6,  /* unreachable, object to be released */
    APUS_CELL_EMPTY = 0x0A905EE7  /* unreachable, without object */
};

enum { APUS_CELLS_IN_PAGE = 256, APUS_PAGE_BITS = 12 };

typedef struct apus_cell_page {
    struct apus_cell_page *next;
    apus_cell *cells;
    uint32_t dead; /* DEAD and EMPTY ones waiting for the drain */
} apus_cell_page;

/* REST: collect once the thread is in no callback, so that payloads are seen
 * for what they are; see payloads.h. GATHER: wait for a thread that is about to
 * do so. */
enum {
    APUS_PENDING_DRAIN = 1,
    APUS_PENDING_COLLECT = 2,
    APUS_PENDING_REST = 4,
    APUS_PENDING_GATHER = 8
};

/* [address >> 30][page in that gigabyte]: 1 for pages of cells. */
extern uint8_t **apus_cell_map __attribute__((visibility("hidden")));
extern uint32_t apus_pending __attribute__((visibility("hidden")));

/* The functions and the event of libgc, which this module does not link, and
 * who listened to its events before us, or NULL. False when out of memory. */
bool apus_cells_init(int (*is_marked)(const void *),
                     void (*set_mark)(const void *), unsigned mark_end,
                     void (*chained)(unsigned));

/* Makes a page known. Only under APUS_LOCK_GROWTH. False when out of memory. */
bool apus_cells_add_page(void *page);

/* libgc's collection event. MARK_END is sent once a mark phase is complete and
 * before the world goes on, never for one that was abandoned. */
void apus_cells_on_event(unsigned event);

/* Forgets a page that has nothing but free cells, none of them in a chain; the
 * collector takes it back. Takes effect with the next prune, which, like the
 * walk over the pages, is for the thread that holds APUS_LOCK_DRAIN. */
void apus_cells_forget_page(void *page);
void apus_cells_prune(void);

/* The pages, the latest first. */
apus_cell_page *apus_cells_pages(void);

/* What handles created since the last sweep pin, roughly; adds to it. */
int64_t apus_cells_add_handle_bytes(int64_t bytes);

/* The number of cells in use. Exact when no other thread is at work. */
uint64_t apus_cells_live(void);

/* Keeps `handle` in a register or on the stack, where the collector looks, up
 * to this point. */
static inline void apus_keep(const void *handle)
{
    __asm__ volatile("" : : "r"(handle));
}

static inline bool apus_cells_has_page(const void *address)
{
    uintptr_t bits = (uintptr_t)address;

    if (bits >> 47)
        return false;
    const uint8_t *leaf =
        __atomic_load_n(&apus_cell_map[bits >> 30], __ATOMIC_ACQUIRE);
    return leaf && leaf[(bits >> APUS_PAGE_BITS) & 0x3FFFF];
}

/* Whether `address` is a cell at all, in whatever state. Reads nothing behind
 * an address that is not. */
static inline bool apus_cell_plausible(const void *address)
{
    return !((uintptr_t)address & 15) && apus_cells_has_page(address);
}

/* Where a cell holds its object. */
static inline void **apus_cell_object(apus_cell *cell)
{
    return &cell->object;
}

static inline uint32_t apus_cell_state(const apus_cell *cell)
{
    return __atomic_load_n(&cell->state, __ATOMIC_ACQUIRE);
}

static inline bool apus_cell_in_use(uint32_t state)
{
    return (state | 1) == APUS_CELL_OWNED;
}

static inline void apus_cell_set_state(apus_cell *cell, uint32_t state)
{
    __atomic_store_n(&cell->state, state, __ATOMIC_RELEASE);
}

/* Of several threads that try, one succeeds. */
static inline bool apus_cell_change_state(apus_cell *cell, uint32_t from,
                                          uint32_t to)
{
    return __atomic_compare_exchange_n(&cell->state, &from, to, false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* False when the count is full. */
static inline bool apus_cell_retain(apus_cell *cell)
{
    uint32_t count = __atomic_load_n(&cell->retained, __ATOMIC_RELAXED);

    do {
        if (count == UINT32_MAX)
            return false;
    } while (!__atomic_compare_exchange_n(&cell->retained, &count, count + 1,
                                          true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    return true;
}

/* The count before; 0 stays 0. */
static inline uint32_t apus_cell_release(apus_cell *cell)
{
    uint32_t count = __atomic_load_n(&cell->retained, __ATOMIC_RELAXED);

    do {
        if (!count)
            return 0;
    } while (!__atomic_compare_exchange_n(&cell->retained, &count, count - 1,
                                          true, __ATOMIC_ACQ_REL,
                                          __ATOMIC_RELAXED));
    return count;
}

static inline uint32_t apus_pending_load(void)
{
    return __atomic_load_n(&apus_pending, __ATOMIC_RELAXED);
}

static inline void apus_pending_set(uint32_t bits)
{
    (void)__atomic_fetch_or(&apus_pending, bits, __ATOMIC_RELEASE);
}

static inline uint32_t apus_pending_take(uint32_t bits)
{
    return __atomic_fetch_and(&apus_pending, ~bits, __ATOMIC_ACQ_REL) & bits;
}

static inline void apus_page_subtract_dead(apus_cell_page *page, uint32_t n)
{
    (void)__atomic_fetch_sub(&page->dead, n, __ATOMIC_RELAXED);
}

static inline uint32_t apus_page_dead(const apus_cell_page *page)
{
    return __atomic_load_n(&page->dead, __ATOMIC_ACQUIRE);
}

#pragma GCC visibility pop

#endif
