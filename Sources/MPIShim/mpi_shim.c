#include "mpi_shim.h"

#ifdef HAVE_MPI

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

// A failed call ends all processes with a message that names the rank: MPI's own default, and all
// that can be done when the others are gone.

// Entries of one call at most: the interface counts in int.
static const size_t most = (size_t)1 << 28;

static int at_most(size_t count) { return (int)(count < most ? count : most); }

int pm_start(void) {
  int provided = 0;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  if (code != MPI_SUCCESS) return code;
  return provided >= MPI_THREAD_SERIALIZED ? 0 : -1;
}

void pm_finish(void) { MPI_Finalize(); }

void pm_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

int pm_rank(void) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

int pm_count(void) {
  int count = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &count);
  return count;
}

int pm_local_count(void) {
  MPI_Comm local;
  int count = 1;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &local);
  MPI_Comm_size(local, &count);
  MPI_Comm_free(&local);
  return count;
}

void pm_machine(char *name, size_t size) {
  char whole[MPI_MAX_PROCESSOR_NAME + 1] = {0};
  int length = 0;
  MPI_Get_processor_name(whole, &length);
  if (size == 0) return;
  strncpy(name, whole, size - 1);
  name[size - 1] = 0;
}

void pm_sum_floats(float *values, size_t count) {
  for (size_t done = 0; done < count; done += most)
    MPI_Allreduce(MPI_IN_PLACE, values + done, at_most(count - done), MPI_FLOAT, MPI_SUM,
                  MPI_COMM_WORLD);
}

void pm_sum_doubles(double *values, size_t count) {
  for (size_t done = 0; done < count; done += most)
    MPI_Allreduce(MPI_IN_PLACE, values + done, at_most(count - done), MPI_DOUBLE, MPI_SUM,
                  MPI_COMM_WORLD);
}

void pm_exchange(const void *sent, void *received, size_t bytes, int partner) {
  for (size_t done = 0; done < bytes; done += most) {
    int part = at_most(bytes - done);
    MPI_Sendrecv((const char *)sent + done, part, MPI_BYTE, partner, 0, (char *)received + done,
                 part, MPI_BYTE, partner, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
}

void pm_broadcast(void *bytes, size_t count) {
  for (size_t done = 0; done < count; done += most)
    MPI_Bcast((char *)bytes + done, at_most(count - done), MPI_BYTE, 0, MPI_COMM_WORLD);
}

void pm_gather(const void *bytes, size_t count, void *all) {
  if (count <= most) {
    MPI_Allgather(bytes, (int)count, MPI_BYTE, all, (int)count, MPI_BYTE, MPI_COMM_WORLD);
    return;
  }
  // Too much for one call: everybody in turn hands out its own.
  int own = pm_rank(), processes = pm_count();
  for (int rank = 0; rank < processes; rank++) {
    char *place = (char *)all + (size_t)rank * count;
    if (rank == own) memcpy(place, bytes, count);
    for (size_t done = 0; done < count; done += most)
      MPI_Bcast(place + done, at_most(count - done), MPI_BYTE, rank, MPI_COMM_WORLD);
  }
}

#else

typedef int pm_nothing;

#endif
