#include "CThread.h"

#include <stdlib.h>
#include <sys/mman.h>

uint8_t **apus_cell_map;
uint32_t apus_pending;

static apus_cell_page *pages;
static int64_t handle_bytes;

static struct {
    int (*is_marked)(const void *);
    void (*set_mark)(const void *);
    unsigned mark_end;
    void (*chained)(unsigned);
} collector;

/* The map is mmap'ed: zero pages that nobody reads cost nothing, and libgc
 * does not scan them, as it would scan an array in this library's data. */
static void *map_zeroed(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

bool apus_cells_init(int (*is_marked)(const void *),
                     void (*set_mark)(const void *), unsigned mark_end,
                     void (*chained)(unsigned))
{
    collector.is_marked = is_marked;
    collector.set_mark = set_mark;
    collector.mark_end = mark_end;
    collector.chained = chained;
    apus_cell_map = map_zeroed(sizeof(uint8_t *) << 17);
    return apus_cell_map != NULL;
}

bool apus_cells_add_page(void *address)
{
    uintptr_t bits = (uintptr_t)address;
    uint8_t **slot = &apus_cell_map[bits >> 30];
    apus_cell_page *page;

    if (!*slot) {
        uint8_t *leaf = map_zeroed(1 << 18);

        if (!leaf)
            return false;
        __atomic_store_n(slot, leaf, __ATOMIC_RELEASE);
    }
    page = malloc(sizeof *page);
    if (!page)
        return false;
    page->cells = address;
    page->dead = 0;
    page->next = pages;
    __atomic_store_n(&pages, page, __ATOMIC_RELEASE);
    (*slot)[(bits >> APUS_PAGE_BITS) & 0x3FFFF] = 1;
    return true;
}

void apus_cells_forget_page(void *address)
{
    uintptr_t bits = (uintptr_t)address;

    apus_cell_map[bits >> 30][(bits >> APUS_PAGE_BITS) & 0x3FFFF] = 0;
}

/* One store takes a page out, so a sweep in between sees a whole list. */
void apus_cells_prune(void)
{
    apus_lock(APUS_LOCK_GROWTH);
    for (apus_cell_page **link = &pages; *link;) {
        apus_cell_page *page = *link;

        if (apus_cells_has_page(page->cells)) {
            link = &page->next;
        } else {
            __atomic_store_n(link, page->next, __ATOMIC_RELEASE);
            free(page);
        }
    }
    apus_unlock(APUS_LOCK_GROWTH);
}

static void sweep(void)
{
    int (*is_marked)(const void *) = collector.is_marked;
    void (*set_mark)(const void *) = collector.set_mark;

    apus_payloads_trace();
    for (apus_cell_page *page = pages; page; page = page->next) {
        uint32_t dead = 0;

        for (int i = 0; i < APUS_CELLS_IN_PAGE; i++) {
            apus_cell *cell = &page->cells[i];

            switch (cell->state) {
            case APUS_CELL_COLLECTED:
                if (is_marked(cell))
                    continue;
                if (cell->retained == 0) {
                    cell->state = APUS_CELL_DEAD;
                    dead++;
                }
                break;
            case APUS_CELL_RELEASED:
                if (is_marked(cell))
                    continue;
                cell->state = APUS_CELL_EMPTY;
                dead++;
                break;
            default:
                break;
            }
            set_mark(cell);
        }
        if (dead)
            page->dead += dead;
    }
    apus_payloads_keep_awaited();
    handle_bytes = 0;
    apus_pending_set(APUS_PENDING_DRAIN);
}

void apus_cells_on_event(unsigned event)
{
    if (event == collector.mark_end)
        sweep();
    if (collector.chained)
        collector.chained(event);
}

apus_cell_page *apus_cells_pages(void)
{
    return __atomic_load_n(&pages, __ATOMIC_ACQUIRE);
}

int64_t apus_cells_add_handle_bytes(int64_t bytes)
{
    return __atomic_add_fetch(&handle_bytes, bytes, __ATOMIC_RELAXED);
}

uint64_t apus_cells_live(void)
{
    uint64_t live = 0;

    apus_lock(APUS_LOCK_GROWTH);
    for (apus_cell_page *page = apus_cells_pages(); page; page = page->next)
        for (int i = 0; i < APUS_CELLS_IN_PAGE; i++)
            live += apus_cell_in_use(apus_cell_state(&page->cells[i]));
    apus_unlock(APUS_LOCK_GROWTH);
    return live;
}
