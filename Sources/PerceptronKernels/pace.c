#include "pace.h"

#include "numeric.h"

#include <time.h>

// Times are nanoseconds.

// Each thread gets this many multiply-adds at least, about 2 µs: what waiting for each other costs.
static const double work_per_thread = 80e3;
// Waking a thread that sleeps takes about as long as this.
static const double wake = 60e3;
// Work that is worth it at once, two wakings long.
static const double work_worth_waking = 5e6;
// A call that follows the one before within this time belongs to the same burst.
static const double pause_in_burst = 100e3;
// After a call that threads made slower the next ones run alone for so long, each time twice that;
// at most as long as some calls take.
static const double shortest_rest = 1e6, longest_rest = 200e6, longest_rest_in_calls = 50;
// Calls alone at the beginning, to know what one thread takes.
enum { CALLS_TO_MEASURE = 3 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return 1e9 * (double)time.tv_sec + (double)time.tv_nsec;
}

// Threads that sleep are woken once the calls of a burst have taken as long alone as that costs: so
// no burst takes more than twice what it might, and a call now and then never pays for it. Threads
// that turn out slower than one, because other work has the cores, are left alone for a while: once
// they have cost as much as waking them, less what they have gained since.
int pk_pace_begin(pk_pace *pace, pk_call *call, pk_pool *pool, double work, int kind) {
  *call = (pk_call){.work = work, .kind = kind};
  if (work < work_per_thread * pk_pool_threads(pool)) return 0;
  call->was_asleep = pk_pool_is_asleep(pool);
  call->start = now();
  if (call->start - pace->last > pause_in_burst) pace->burst = 0;
  if (call->start < pace->rest_until || pace->measured[kind] < CALLS_TO_MEASURE) return 0;
  if (call->was_asleep && work < work_worth_waking && pace->burst < wake) return 0;
  call->together = 1;
  return 1;
}

void pk_pace_end(pk_pace *pace, const pk_call *call) {
  if (call->start == 0) return;
  const double end = now(), time = end - call->start, rate = time / call->work;
  double *alone = &pace->alone[call->kind];
  if (!call->together) {
    pace->burst += time;
    // The lowest, slowly forgotten: a call that other work interrupted says nothing.
    const double highest = 1.02 * *alone;
    *alone = pace->measured[call->kind] == 0 || rate < highest ? rate : highest;
    if (pace->measured[call->kind] < CALLS_TO_MEASURE) pace->measured[call->kind]++;
  } else if (!call->was_asleep) {
    pace->loss += time - *alone * call->work;
    if (pace->loss < 0) pace->loss = 0;
    if (rate > 1.1 * *alone && pace->loss > wake) {
      pace->loss = 0;
      const double limit = longest_rest > longest_rest_in_calls * time
                               ? longest_rest : longest_rest_in_calls * time;
      pace->rest = pace->rest * 2 < shortest_rest ? shortest_rest
                   : pace->rest * 2 > limit ? limit : pace->rest * 2;
      pace->rest_until = end + pace->rest;
    } else {
      // A slow call now and then is no reason to rest for long.
      pace->rest *= 0.9;
    }
  }
  pace->last = end;
}
