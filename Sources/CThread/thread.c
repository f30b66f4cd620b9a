#include "CThread.h"

apus_thread_record *apus_thread(void)
{
    static _Thread_local apus_thread_record record;

    return &record;
}
