/// \file
/// Clamps: `CLAMP [OPTIONS] %{ GRATE [OPTIONS] ... %} PROGRAM`.  A call of
/// PROGRAM that the clamp chooses goes through the grates between the markers;
/// others go by them.
///
/// What runs behind `%}` has the inner grates' routes already when it says so
/// by executing a program of that name.  The clamp then lays its own handlers
/// over them (clamp_routes); these answer by lind_make_beneath, which goes on
/// with the inner grates, or by lind_forward, which does not. Clamps stand in
/// and beside each other.
#ifndef LIND_GRATES_CLAMP_H
#define LIND_GRATES_CLAMP_H 1

#include <stdio.h>
#include <unistd.h>

#include "lind/cages.h"

enum { CLAMP_PATH_BYTES = 4096 };

/// Lays the clamp's handlers over the routes of `cage`.  Each clamp's own.
static void clamp_routes(uint32_t cage);

static bool is_end_marker(const char* path) {
  const char* const slash = strrchr(path, '/');
  return strcmp(slash == NULL ? path : slash + 1, "%}") == 0;
}

// Executes what stands behind the marker, as lind_run would have.
static lind_result execute_behind(struct lind_call* call) {
  const char* const installed = "/usr/lib/lind/grates";
  uint32_t word = 0;
  char name[CLAMP_PATH_BYTES], path[2 * CLAMP_PATH_BYTES];
  call->arg[1] += sizeof(word);  // argv
  if (lind_get(call, 1, &word, sizeof(word)) != sizeof(word)) return -EFAULT;
  if (word == 0) return -ENOENT;
  const ssize_t bytes = lind_copy_string(name, call->owner[1], word, sizeof(name));
  if (bytes < 0) return bytes;
  lind_give(call, 0, path);
  if (strchr(name, '/') != NULL) {
    strcpy(path, name);
    return lind_make(call);
  }
  const char* const places = getenv("PATH");
  lind_result result = -ENOENT;
  const char* rest = NULL;
  for (const char* place = installed; place != NULL; place = rest) {
    const size_t length = strcspn(place, ":");
    const char* const after = place[length] == ':' ? place + length + 1 : NULL;
    rest = place == installed ? (places == NULL ? "/usr/bin:/bin" : places) : after;
    snprintf(path, sizeof(path), "%.*s/%s", (int)length, place, name);
    result = lind_make(call);
    if (result != -ENOENT && result != -ENOTDIR) break;
  }
  return result;
}

static lind_result clamp_execve(struct lind_call* call) {
  char path[CLAMP_PATH_BYTES];
  const ssize_t bytes = lind_get_string(call, 0, path, sizeof(path));
  if (bytes < 0) return bytes;
  const bool ends = is_end_marker(path);
  if (ends) clamp_routes(call->target);
  const lind_result done = ends ? execute_behind(call) : lind_forward();
  if (done >= 0) close_marked(call);
  return done;
}

/// `argv` begins with the opening marker.  Returns the status of what was run.
static int clamp_run(char** argv) {
  int depth = 0;
  char** end = argv;
  for (; *end != NULL; end++) {
    depth += strcmp(*end, "%{") == 0;
    if (strcmp(*end, "%}") == 0 && --depth == 0) break;
  }
  if (argv[0] == NULL || strcmp(argv[0], "%{") != 0 || *end == NULL || end[1] == NULL) {
    fputs("a clamp wants: %{ GRATE [OPTIONS] ... %} PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  route_cages();
  lind_on(SYS_execve, clamp_execve);
  return lind_run(argv + 1);
}

#endif
