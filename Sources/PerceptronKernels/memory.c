// Advice to the system about memory.
#if defined(__linux__)
#define _DEFAULT_SOURCE  // madvise
#endif
#include "PerceptronKernels.h"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

void pk_use_large_pages(void *memory, int64_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  if (bytes < PK_LARGE_PAGES_FROM) return;
  // Whole pages: the neighbours on the outermost two lose nothing, and memory that follows on
  // stays one mapping.
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  const uintptr_t first = (uintptr_t)memory / page * page;
  const uintptr_t last = ((uintptr_t)memory + (uintptr_t)bytes + page - 1) / page * page;
  // It is advice: a system that has no large pages says so, and nothing is lost.
  (void)madvise((void *)first, last - first, MADV_HUGEPAGE);
#else
  (void)memory;
  (void)bytes;
#endif
}
