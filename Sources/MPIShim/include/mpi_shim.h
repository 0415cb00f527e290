// The few calls of MPI that training needs, without its macros, which Swift cannot see, and without
// its limit of 2³¹ entries a call. Empty unless built with the trait MPI.
#ifndef PERCEPTRON_MPI_SHIM_H
#define PERCEPTRON_MPI_SHIM_H

#include <stddef.h>

// Joins the processes that were started together. Returns 0, or what MPI says is wrong. Calls may
// come from any thread, one at a time.
int pm_start(void);
// Waits for all processes and leaves them.
void pm_finish(void);
// Ends all processes.
void pm_abort(int code);

int pm_rank(void);
int pm_count(void);
// How many of the processes share this machine.
int pm_local_count(void);
// The machine's name, in room for `size` bytes.
void pm_machine(char *name, size_t size);

void pm_sum_floats(float *values, size_t count);
void pm_sum_doubles(double *values, size_t count);
void pm_exchange(const void *sent, void *received, size_t bytes, int partner);
void pm_broadcast(void *bytes, size_t count);
void pm_gather(const void *bytes, size_t count, void *all);

#endif
