// Seconds of one MPI_Allreduce of floats, by their bytes: a line `BYTES SECONDS` for each size, the
// median of many.
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (size_t bytes = 64; bytes <= (size_t)16 << 20; bytes *= 8) {
    int runs = bytes < ((size_t)1 << 18) ? 200 : 30;
    float *values = calloc(bytes, 1);
    double *seconds = calloc((size_t)runs, sizeof *seconds);
    for (int run = -5; run < runs; run++) {
      MPI_Barrier(MPI_COMM_WORLD);
      double start = MPI_Wtime();
      MPI_Allreduce(MPI_IN_PLACE, values, (int)(bytes / sizeof *values), MPI_FLOAT, MPI_SUM,
                    MPI_COMM_WORLD);
      if (run >= 0) seconds[run] = MPI_Wtime() - start;
    }
    qsort(seconds, (size_t)runs, sizeof *seconds, compare);
    if (rank == 0) printf("%zu %.3e\n", bytes, seconds[runs / 2]);
    free(values);
    free(seconds);
  }
  MPI_Finalize();
  return 0;
}
