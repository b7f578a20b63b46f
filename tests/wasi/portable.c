// An ordinary C program: run_portable.py compares what it does here with what it does natively.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int compare(const void* a, const void* b) { return strcmp(*(char* const*)a, *(char* const*)b); }

static void list(const char* path) {
  char* names[64];
  int count = 0;
  DIR* directory = opendir(path);
  if (directory == NULL) {
    printf("%s: %s\n", path, strerror(errno));
    return;
  }
  for (struct dirent* entry; (entry = readdir(directory)) != NULL && count < 64;)
    names[count++] = strdup(entry->d_name);
  closedir(directory);
  qsort(names, (size_t)count, sizeof names[0], compare);
  for (int i = 0; i < count; ++i) printf("%s%s", names[i], i + 1 < count ? " " : "\n");
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) printf("argument %d: %s\n", i, argv[i]);
  const char* variable = getenv("VARIABLE");
  printf("variable: %s\n", variable != NULL ? variable : "none");
  char line[100];
  while (fgets(line, sizeof line, stdin) != NULL) printf("line: %s", line);

  mkdir("work/made", 0777);
  FILE* file = fopen("work/made/text", "w+");
  if (file == NULL) return 3;
  for (int i = 0; i < 1000; ++i) fprintf(file, "%d %.3f\n", i, sqrt(i));
  printf("at %ld\n", ftell(file));
  rewind(file);
  long sum = 0;
  for (int value; fscanf(file, "%d %*f", &value) == 1;) sum += value;
  printf("sum %ld\n", sum);
  fclose(file);
  struct stat status;
  printf("stat %d size %ld directory %d\n", stat("work/made/text", &status), (long)status.st_size,
         S_ISDIR(status.st_mode));
  rename("work/made/text", "work/made/other");
  symlink("other", "work/made/link");
  char target[20] = "";
  printf("readlink %ld %s\n", (long)readlink("work/made/link", target, sizeof target), target);
  truncate("work/made/other", 5);
  stat("work/made/link", &status);
  printf("truncated %ld\n", (long)status.st_size);
  list("work/made");
  list("work/none");
  printf("unlink %d rmdir %d %s\n", unlink("work/made/none") == -1 ? errno == ENOENT : -1,
         rmdir("work/made"), strerror(errno));
  unlink("work/made/link");
  unlink("work/made/other");
  printf("rmdir %d\n", rmdir("work/made"));
  const int fd = open("work/none/x", O_RDONLY);
  printf("open %d %s\n", fd, strerror(errno));

  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("slept %d\n",
         (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec >= 2000000);
  char* memory = malloc(3000000);
  memset(memory, 7, 3000000);
  printf("memory %d\n", memory[2999999]);
  fflush(stdout);
  exit(37);
}
