#include "AllocationCounter.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

#if defined(__GLIBC__) && !defined(HAS_SANITIZER)

#include <malloc.h>
#include <stdatomic.h>

static _Atomic int counts = 0;
static _Atomic int64_t count = 0;
// Bytes that are taken and not given back since the start, and the most of them at a time.
static _Atomic int64_t held = 0;
static _Atomic int64_t peak = 0;

static void *note(void *memory) {
  if (!atomic_load_explicit(&counts, memory_order_relaxed)) return memory;
  atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
  int64_t size = memory ? (int64_t)malloc_usable_size(memory) : 0;
  int64_t now = atomic_fetch_add_explicit(&held, size, memory_order_relaxed) + size;
  int64_t most = atomic_load_explicit(&peak, memory_order_relaxed);
  while (now > most && !atomic_compare_exchange_weak(&peak, &most, now)) continue;
  return memory;
}

static void give(void *memory) {
  if (!memory || !atomic_load_explicit(&counts, memory_order_relaxed)) return;
  atomic_fetch_sub_explicit(&held, (int64_t)malloc_usable_size(memory), memory_order_relaxed);
}

int allocation_counter_is_supported(void) { return 1; }

void allocation_counter_start(void) {
  atomic_store(&count, 0);
  atomic_store(&held, 0);
  atomic_store(&peak, 0);
  atomic_store(&counts, 1);
}

int64_t allocation_counter_stop(void) {
  atomic_store(&counts, 0);
  return atomic_load(&count);
}

int64_t allocation_counter_peak(void) { return atomic_load(&peak); }

// A program's own malloc comes before the C library's, for every library it loads too. The C
// library's are still there under these names; its free takes what they give.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

void *malloc(size_t size) {
  return note(__libc_malloc(size));
}

void *calloc(size_t number, size_t size) {
  return note(__libc_calloc(number, size));
}

void *realloc(void *old, size_t size) {
  // What is refused keeps the old memory.
  int64_t before = old && atomic_load_explicit(&counts, memory_order_relaxed)
      ? (int64_t)malloc_usable_size(old) : 0;
  void *memory = __libc_realloc(old, size);
  if (memory || size == 0) atomic_fetch_sub_explicit(&held, before, memory_order_relaxed);
  return note(memory);
}

void *memalign(size_t alignment, size_t size) {
  return note(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
  return note(__libc_memalign(alignment, size));
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
  void *memory = note(__libc_memalign(alignment, size));
  if (!memory) return ENOMEM;
  *result = memory;
  return 0;
}

void free(void *memory) {
  give(memory);
  __libc_free(memory);
}

#else

int allocation_counter_is_supported(void) { return 0; }
void allocation_counter_start(void) {}
int64_t allocation_counter_stop(void) { return 0; }
int64_t allocation_counter_peak(void) { return 0; }

#endif
