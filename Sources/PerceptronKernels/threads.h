// A small pool of threads that run one function together, with barriers inside.
#ifndef PERCEPTRON_THREADS_H
#define PERCEPTRON_THREADS_H

#include "PerceptronKernels.h"

typedef void (*pk_job)(const void *argument, int thread, int threads, pk_pool *pool);

// Runs the job on every thread of the pool and returns when all are done.
void pk_pool_run(pk_pool *pool, pk_job job, const void *argument);

// Waits until every thread of the pool has come here.
void pk_pool_barrier(pk_pool *pool);

#endif
