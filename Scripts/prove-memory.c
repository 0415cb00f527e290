// prove-memory FILE COMMAND…: runs the command and writes the most memory it had at once, in bytes,
// to the file. The status is the command's.
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **words) {
  if (count < 3) return 64;
  const pid_t process = fork();
  if (process == 0) {
    execvp(words[2], words + 2);
    _exit(127);
  }
  int status;
  struct rusage usage;
  FILE *file = fopen(words[1], "w");
  if (process < 0 || !file || wait4(process, &status, 0, &usage) != process) return 1;
#if defined(__APPLE__)
  const long unit = 1;
#else
  const long unit = 1024;
#endif
  fprintf(file, "%ld\n", usage.ru_maxrss * unit);
  return fclose(file) == 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
