// Seconds of one MPI_Allreduce of floats, by their bytes: a line `BYTES SECONDS` for each size, the
// median of many.
//
// With the argument `overlap`: whether one that goes on beside a computation of the same length pays.
// A line for each size: its bytes, and the seconds of
//
//   the all-reduce | the computation | one behind the other | begun first, waited for at last | the
//   same with a look at it (MPI_Test) every sixteenth of the computation
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 16 };

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

// Arithmetic in a core's own cache, as products of matrices are.
static void compute(long rounds) {
  static float x[2048];
  for (long round = 0; round < rounds; round++) {
    for (int k = 0; k < 2048; k++) x[k] = x[k] * 0.99f + 0.5f;
    __asm__ volatile("" : : "r"(x) : "memory");
  }
}

enum { REDUCE, COMPUTE, BLOCKING, WAITED, TESTED, KINDS };

static void run(int kind, float *values, int count, long rounds) {
  MPI_Request request;
  if (kind == WAITED || kind == TESTED) {
    MPI_Iallreduce(MPI_IN_PLACE, values, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD, &request);
  }
  for (int part = 0; kind != REDUCE && part < PARTS; part++) {
    int done;
    compute(rounds);
    if (kind == TESTED) MPI_Test(&request, &done, MPI_STATUS_IGNORE);
  }
  if (kind == WAITED || kind == TESTED) MPI_Wait(&request, MPI_STATUS_IGNORE);
  if (kind == REDUCE || kind == BLOCKING) {
    MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
  }
}

// The median of so many runs, the same in all processes: that of the first.
static double seconds(int kind, float *values, int count, long rounds, int runs) {
  double *times = calloc((size_t)runs, sizeof *times), median;
  for (int k = -5; k < runs; k++) {
    MPI_Barrier(MPI_COMM_WORLD);
    double start = MPI_Wtime();
    run(kind, values, count, rounds);
    if (k >= 0) times[k] = MPI_Wtime() - start;
  }
  qsort(times, (size_t)runs, sizeof *times, compare);
  median = times[runs / 2];
  free(times);
  MPI_Bcast(&median, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  return median;
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const int overlaps = argc > 1 && strcmp(argv[1], "overlap") == 0;
  for (size_t bytes = overlaps ? 4096 : 64; bytes <= (size_t)16 << 20; bytes *= 8) {
    const int runs = bytes < ((size_t)1 << 18) ? 200 : 30;
    const int count = (int)(bytes / sizeof(float));
    float *values = calloc(bytes, 1);
    const double reduction = seconds(REDUCE, values, count, 0, runs);
    if (rank == 0) printf("%zu %.3e", bytes, reduction);
    if (overlaps) {
      const double hundred = seconds(COMPUTE, values, count, 100, 30);
      const long rounds = (long)(1 + 100 * reduction / hundred);
      for (int kind = COMPUTE; kind < KINDS; kind++) {
        const double time = seconds(kind, values, count, rounds, runs);
        if (rank == 0) printf(" %.3e", time);
      }
    }
    if (rank == 0) printf("\n");
    free(values);
  }
  MPI_Finalize();
  return 0;
}
