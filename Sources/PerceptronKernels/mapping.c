// Files in the address space that may be cut short while they are read. Reading behind the new end is
// SIGBUS, which ends the process; here the pages that are gone become zeros, and the mapping knows.
#define _GNU_SOURCE  // MAP_ANONYMOUS, SA_ONSTACK
#define _DARWIN_C_SOURCE
#include "numeric.h"
#include "PerceptronKernels.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

// What the handler looks at. It may run at any moment on any thread: no locks, no allocation.
struct pk_mapping {
  _Atomic int taken;
  _Atomic uintptr_t first, end;  // the pages
  _Atomic int is_cut;
};

enum { MAPPINGS = 64 };

static struct pk_mapping mappings[MAPPINGS];
static struct sigaction previous;
static uintptr_t page;

// Puts zeros in place of a page that is gone and all behind it; whether it is a page of ours.
static int replace_from(uintptr_t address) {
  for (int i = 0; i < MAPPINGS; i++) {
    struct pk_mapping *mapping = &mappings[i];
    const uintptr_t end = atomic_load(&mapping->end);
    if (address < atomic_load(&mapping->first) || address >= end) continue;
    const uintptr_t first = address / page * page;
    atomic_store(&mapping->is_cut, 1);
    return mmap((void *)first, end - first, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                0) != MAP_FAILED;
  }
  return 0;
}

static void on_bus_error(int number, siginfo_t *information, void *context) {
  const int error = errno;
  // Above 0 it is the system's, and the address counts.
  if (information->si_code > 0 && replace_from((uintptr_t)information->si_addr)) {
    errno = error;
    return;
  }
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(number, information, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(number);
  } else {
    // As if this had never been here: it happens again on return, or is sent again.
    sigaction(SIGBUS, &previous, NULL);
    if (information->si_code <= 0) raise(number);
  }
  errno = error;
}

static void install(void) {
  page = (uintptr_t)sysconf(_SC_PAGESIZE);
  struct sigaction action = {0};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &previous);
}

pk_mapping *pk_map_file(int descriptor, int64_t count) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
  for (int i = 0; i < MAPPINGS; i++) {
    struct pk_mapping *mapping = &mappings[i];
    int free = 0;
    if (!atomic_compare_exchange_strong(&mapping->taken, &free, 1)) continue;
    void *start = mmap(NULL, (size_t)count, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (start == MAP_FAILED) {
      atomic_store(&mapping->taken, 0);
      return NULL;
    }
    atomic_store(&mapping->is_cut, 0);
    atomic_store(&mapping->first, (uintptr_t)start);
    atomic_store(&mapping->end, ((uintptr_t)start + (uintptr_t)count + page - 1) / page * page);
    return mapping;
  }
  return NULL;
}

const uint8_t *pk_mapping_bytes(const pk_mapping *mapping) {
  return (const uint8_t *)atomic_load(&((pk_mapping *)mapping)->first);
}

int pk_mapping_is_cut(const pk_mapping *mapping) {
  return atomic_load(&((pk_mapping *)mapping)->is_cut);
}

void pk_unmap_file(pk_mapping *mapping) {
  const uintptr_t first = atomic_load(&mapping->first), end = atomic_load(&mapping->end);
  atomic_store(&mapping->end, 0);
  atomic_store(&mapping->first, 0);
  munmap((void *)first, end - first);
  atomic_store(&mapping->taken, 0);
}
