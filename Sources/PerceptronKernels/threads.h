// A small pool of threads that run one function together, with barriers inside.
#ifndef PERCEPTRON_THREADS_H
#define PERCEPTRON_THREADS_H

#include "PerceptronKernels.h"

typedef void (*pk_job)(const void *argument, int thread, int threads, pk_pool *pool);

// Runs the job on every thread of the pool and returns when all are done.
void pk_pool_run(pk_pool *pool, pk_job job, const void *argument);

// The threads of the pool, the caller among them, and whether some of them sleep.
int pk_pool_threads(const pk_pool *pool);
int pk_pool_is_asleep(pk_pool *pool);

// Waits until every thread of the pool has come here.
void pk_pool_barrier(pk_pool *pool);

#endif
