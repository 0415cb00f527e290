// The system's MPI, found by pkg-config.
#include <mpi.h>
