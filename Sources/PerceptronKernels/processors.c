// How many processors this process may use: its affinity mask, and the share of their time that its
// control groups leave it. A container on a large machine often has all of the cores and little time.
#if defined(__linux__)
#define _GNU_SOURCE  // sched_getaffinity
#endif
#include "numeric.h"
#include "PerceptronKernels.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_LENGTH = 4096, LINE_LENGTH = 2 * PATH_LENGTH };

// Reads a whole number; moves *text behind it.
static int read_number(char **text, int64_t *number) {
  char *end;
  errno = 0;
  const long long value = strtoll(*text, &end, 10);
  if (errno != 0 || end == *text || (*end != '\0' && *end != ' ' && *end != '\n')) return 0;
  *text = end;
  *number = value;
  return 1;
}

// The first line of the file root/folder/group/name.
static int read_line(const char *root, const char *folder, const char *group, const char *name,
                     char line[64]) {
  char path[LINE_LENGTH];
  const int length = snprintf(path, sizeof path, "%s%s%s/%s", root, folder, group, name);
  if (length < 0 || length >= (int)sizeof path) return 0;
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  const int found = fgets(line, 64, file) != NULL;
  fclose(file);
  return found;
}

// Version 2 has both numbers in one file: "150000 100000", "max 100000" where there is no limit.
static int read_maximum(const char *root, const char *folder, const char *group, int64_t *quota,
                        int64_t *period) {
  char line[64], *text = line;
  return read_line(root, folder, group, "cpu.max", line) && read_number(&text, quota) &&
         read_number(&text, period);
}

// Version 1 has a file for each; without a limit the quota is -1.
static int read_quota(const char *root, const char *folder, const char *group, int64_t *quota,
                      int64_t *period) {
  char first[64], second[64], *text = first, *other = second;
  return read_line(root, folder, group, "cpu.cfs_quota_us", first) &&
         read_line(root, folder, group, "cpu.cfs_period_us", second) &&
         read_number(&text, quota) && read_number(&other, period);
}

// The least that a group below root/folder and the groups around it allow. A container often sees
// its own group as the outermost one, by another path: what is missing on the way up is passed over.
static int least_on_the_way_up(const char *root, const char *folder, char *group, int least) {
  if (strstr(group, "/..")) *group = '\0';
  for (;;) {
    int64_t quota, period;
    if ((read_maximum(root, folder, group, &quota, &period) ||
         read_quota(root, folder, group, &quota, &period)) &&
        quota > 0 && period > 0) {
      const int64_t processors = quota / period + (quota % period != 0);
      if (processors < least) least = (int)processors;
    }
    char *last = strrchr(group, '/');
    if (!last) return least;
    *last = '\0';
  }
}

// Whether a list of names with commas between them has this one.
static int has_name(const char *list, const char *name) {
  const size_t length = strlen(name);
  for (; list; list = strchr(list, ',')) {
    if (*list == ',') list++;
    if (strncmp(list, name, length) == 0 && (list[length] == ',' || !list[length])) return 1;
  }
  return 0;
}

int pk_processors_of_groups(const char *root) {
  char path[PATH_LENGTH], line[LINE_LENGTH];
  int least = INT_MAX;
  const int length = snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
  FILE *file = length < (int)sizeof path ? fopen(path, "r") : NULL;
  if (!file) return least;
  // NUMBER:CONTROLLERS:/GROUP; version 2 names no controllers.
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group || group[1] != '/') continue;
    controllers++;
    *group++ = '\0';
    // With both versions in use the controllers are those of version 1.
    if (!*controllers) {
      least = least_on_the_way_up(root, "/sys/fs/cgroup", group, least);
    } else if (has_name(controllers, "cpu")) {
      least = least_on_the_way_up(root, "/sys/fs/cgroup/cpu", group, least);
    }
  }
  fclose(file);
  return least;
}

int pk_processor_count(void) {
  long count = sysconf(_SC_NPROCESSORS_ONLN);
#if defined(__linux__)
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) count = CPU_COUNT(&mask);
  const int allowed = pk_processors_of_groups("");
  if (allowed < count) count = allowed;
#endif
  return count > 0 ? (int)count : 1;
}
