// Whether a call runs on the pool's threads: what pays, by what was measured. No result depends on it.
#ifndef PERCEPTRON_PACE_H
#define PERCEPTRON_PACE_H

#include "threads.h"

typedef struct {
  double work, start;
  int kind, together, was_asleep;
} pk_call;

// Says whether a call of so much work, in multiply-adds, should run on all threads. Calls of another
// kind, 0 or 1, have their own rate.
int pk_pace_begin(pk_pace *pace, pk_call *call, pk_pool *pool, double work, int kind);

// To be said when the call has run.
void pk_pace_end(pk_pace *pace, const pk_call *call);

#endif
