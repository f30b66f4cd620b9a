#include "CThread.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { RECORDS_IN_BLOCK = 127, NOTES = 1 << 27 };

/* Blocks stay. A record is in use from one store on, so that a collection,
 * which may come at any instruction, sees whole ones. */
typedef struct block {
    struct block *next;
    apus_payload records[RECORDS_IN_BLOCK];
} block;

static apus_reach_functions the;
static block *blocks;
static apus_payload *free_records;
static uint32_t used, hidden;

/* Two lists that need no memory from malloc, whose lock a stopped thread may
 * have: objects of the collector yet to be scanned, the latest first; and
 * objects of the engine, all that were come by, some of them yet to be
 * expanded. Address space without memory until it is used. */
static void **scans;
static size_t scan_count, scan_room, scan_most;
static void **notes;
static size_t note_count, note_room;
static bool tracing, exhausted;

void apus_payloads_init(apus_reach_functions functions)
{
    the = functions;
}

/* ---- Records ------------------------------------------------------------ */

static bool grow(void)
{
    block *new = calloc(1, sizeof *new);

    if (!new)
        return false;
    for (int i = 0; i < RECORDS_IN_BLOCK; i++) {
        new->records[i].pointer = free_records;
        free_records = &new->records[i];
    }
    new->next = blocks;
    __atomic_store_n(&blocks, new, __ATOMIC_RELEASE);
    return true;
}

bool apus_payload_add(void *pointer, bool awaited, apus_payload **record)
{
    apus_payload *new;

    *record = NULL;
    if (!pointer || !the.base(pointer))
        return true;
    apus_lock(APUS_LOCK_PAYLOADS);
    if (!free_records && !grow()) {
        apus_unlock(APUS_LOCK_PAYLOADS);
        return false;
    }
    new = free_records;
    free_records = new->pointer;
    new->pointer = pointer;
    new->roots = 0;
    new->awaited = awaited;
    new->reached = false;
    __atomic_store_n(&new->used, 1, __ATOMIC_RELEASE);
    __atomic_store_n(&used, used + 1, __ATOMIC_RELAXED);
    apus_unlock(APUS_LOCK_PAYLOADS);
    *record = new;
    return true;
}

void apus_payload_remove(apus_payload *record)
{
    if (!record)
        return;
    apus_lock(APUS_LOCK_PAYLOADS);
    __atomic_store_n(&record->used, 0, __ATOMIC_RELEASE);
    record->pointer = free_records;
    free_records = record;
    __atomic_store_n(&used, used - 1, __ATOMIC_RELAXED);
    apus_unlock(APUS_LOCK_PAYLOADS);
}

bool apus_payloads_used(void)
{
    return __atomic_load_n(&used, __ATOMIC_RELAXED) != 0;
}

void apus_payload_hold(apus_payload *record, int32_t change)
{
    if (record)
        __atomic_fetch_add(&record->roots, (uint32_t)change, __ATOMIC_RELAXED);
}

void apus_payloads_hide(int32_t change)
{
    __atomic_fetch_add(&hidden, (uint32_t)change, __ATOMIC_RELAXED);
}

/* ---- While every thread is stopped -------------------------------------- */

static void *reserve(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

/* Room for every object that there may be: they take 16 bytes at least. */
static bool make_room(void)
{
    size_t need = the.heap_size() / 16 + 1;

    if (need > scan_room) {
        if (scans)
            munmap(scans, scan_room * sizeof *scans);
        scan_room = 0;
        scans = reserve(2 * need * sizeof *scans);
        if (!scans)
            return false;
        scan_room = 2 * need;
    }
    if (!notes) {
        notes = reserve(NOTES * sizeof *notes);
        note_room = notes ? NOTES : 0;
    }
    return notes != NULL;
}

/* Lists that were long give their memory back. */
static void return_memory(void)
{
    const size_t much = (1 << 20) / sizeof *scans;

    if (scan_most > much)
        madvise(scans, scan_most * sizeof *scans, MADV_DONTNEED);
    if (note_count > much)
        madvise(notes, note_count * sizeof *notes, MADV_DONTNEED);
    scan_most = 0;
}

void apus_payloads_push_roots(void)
{
    if (the.push_other_roots)
        the.push_other_roots();
    tracing = false;
    if (!apus_payloads_used())
        return;
    if (!__atomic_load_n(&hidden, __ATOMIC_RELAXED) && the.can_trace() &&
        apus_threads_are_outside() && make_room()) {
        tracing = true;
        return;
    }
    for (block *it = __atomic_load_n(&blocks, __ATOMIC_ACQUIRE); it;
         it = it->next)
        the.push_all(it->records, it->records + RECORDS_IN_BLOCK);
}

static void mark(void *candidate)
{
    void *object = the.base(candidate);

    if (!object || the.is_marked(object))
        return;
    the.set_mark(object);
    if (apus_cells_has_page(object)) {
        apus_cell *cell = object;

        if (cell->state == APUS_CELL_COLLECTED)
            the.object(cell->object);
    } else {
        scans[scan_count++] = object;
        if (scan_count > scan_most)
            scan_most = scan_count;
    }
}

static void scan(void *object)
{
    size_t size = 0;
    void **words = object;

    if (the.kind_and_size(object, &size) == 0) /* without pointers */
        return;
    for (size_t i = 0; i < size / sizeof *words; i++)
        mark(words[i]);
}

bool apus_reach_note(void *object)
{
    if (note_count == note_room) {
        exhausted = true;
        return false;
    }
    notes[note_count++] = object;
    return true;
}

void apus_reach_payload(apus_payload *record)
{
    if (!record || record->reached)
        return;
    record->reached = true;
    mark(record->pointer);
}

typedef void record_action(apus_payload *record);

static void for_each_record(record_action *act)
{
    for (block *it = blocks; it; it = it->next)
        for (int i = 0; i < RECORDS_IN_BLOCK; i++)
            if (it->records[i].used)
                act(&it->records[i]);
}

static void begin(apus_payload *record)
{
    record->reached = false;
}

static void reach_root(apus_payload *record)
{
    if (record->roots)
        apus_reach_payload(record);
}

static void keep_awaited(apus_payload *record)
{
    if (!record->reached && record->awaited)
        mark(record->pointer);
}

static void reach_handles(void)
{
    for (apus_cell_page *page = apus_cells_pages(); page; page = page->next)
        for (int i = 0; i < APUS_CELLS_IN_PAGE; i++) {
            apus_cell *cell = &page->cells[i];

            if (cell->state == APUS_CELL_OWNED ||
                (cell->state == APUS_CELL_COLLECTED &&
                 (cell->retained || the.is_marked(cell))))
                the.object(cell->object);
        }
}

static void follow(size_t *expanded)
{
    while (scan_count || *expanded < note_count)
        if (scan_count)
            scan(scans[--scan_count]);
        else
            the.expand(notes[(*expanded)++]);
}

void apus_payloads_trace(void)
{
    size_t expanded = 0;

    if (!tracing)
        return;
    scan_count = 0;
    note_count = 0;
    exhausted = false;
    for_each_record(begin);
    for_each_record(reach_root);
    reach_handles();
    follow(&expanded);
    if (exhausted) {
        for_each_record(apus_reach_payload);
        follow(&expanded);
    }
    for (size_t i = 0; i < note_count; i++)
        the.forget(notes[i]);
}

/* Handles are swept by now, and marked all: those that the payload leads to
 * stay memory, but not handles. */
void apus_payloads_keep_awaited(void)
{
    size_t expanded = note_count;

    if (!tracing) {
        /* At a safe point it was other threads that were in the way, and may be
         * the next time. */
        if (apus_payloads_used() && !apus_thread()->at_safe_point)
            apus_pending_set(APUS_PENDING_REST);
        return;
    }
    for_each_record(keep_awaited);
    follow(&expanded);
    return_memory();
    tracing = false;
}
