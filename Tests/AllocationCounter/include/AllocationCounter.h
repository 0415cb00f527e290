// Counts allocations of the whole process by standing in for malloc and its relatives. For tests.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdint.h>

// Whether allocations can be counted here: with glibc, and without a sanitizer, which stands in for
// malloc itself.
int allocation_counter_is_supported(void);

// Sets the count to 0 and begins to count, on all threads.
void allocation_counter_start(void);

// Stops counting.
//
// Returns the allocations since the start: every call of malloc, calloc, realloc, posix_memalign,
// aligned_alloc and memalign.
int64_t allocation_counter_stop(void);

// Returns the most bytes that were held at a time between the last start and its stop, of those taken
// since the start.
int64_t allocation_counter_peak(void);

#endif
