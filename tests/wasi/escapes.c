// No path leaves the directory it is given with.  run_program.py has made beside the granted directory:
//   secret            a file that was not granted
//   given/a/file      given/up -> ..      given/abs -> /      given/out -> ../secret
//   given/a/back -> ../../secret          given/loop -> loop  given/ok -> a/file   given/dangling -> none
#include "check.h"

static const char* const outside[] = {
    "..",         "../secret",     "a/../../secret", "a/../../given/a/file",
    "/",          "/etc/passwd",   "//a",            "up",
    "up/secret",  "abs",           "abs/etc/passwd", "out",
    "a/back",     "./../secret",   "a/./../..",      "up/given/a/file",
    "../",        "a/../../",      "out/",           "up/.",
};
// Those whose last component is not itself the way out.
static const char* const parents[] = {
    "../new", "a/../../new", "/new", "up/new", "abs/new", "a/../../given/new", "up/given/new", "..",
};
#define COUNT(array) (sizeof(array) / sizeof(array[0]))

static void opens_and_looks(void) {
  for (unsigned i = 0; i < COUNT(outside); ++i) {
    const char* path = outside[i];
    int fd = -1;
    __wasi_filestat_t stat;
    CHECK_ERROR(open_at(GIVEN, path, 1, 0, &fd), __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(open_at(GIVEN, path, 1, __WASI_OFLAGS_DIRECTORY, &fd), __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_filestat_get(GIVEN, 1, path, &stat), __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_filestat_set_times(GIVEN, 1, path, 0, 0, __WASI_FSTFLAGS_MTIM),
                __WASI_ERRNO_NOTCAPABLE);
  }
}

static void changes_names(void) {
  for (unsigned i = 0; i < COUNT(parents); ++i) {
    const char* path = parents[i];
    __wasi_filestat_t stat;
    uint8_t buffer[64];
    __wasi_size_t used;
    int fd;
    CHECK_ERROR(open_at(GIVEN, path, 0, __WASI_OFLAGS_CREAT, &fd), __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_create_directory(GIVEN, path), __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_filestat_get(GIVEN, 0, path, &stat), __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_link(GIVEN, 0, "a/file", GIVEN, path), __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_link(GIVEN, 0, path, GIVEN, "new"), __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_readlink(GIVEN, path, buffer, sizeof buffer, &used),
                __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_remove_directory(GIVEN, path), __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_rename(GIVEN, "a/file", GIVEN, path), __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_rename(GIVEN, path, GIVEN, "new"), __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_symlink("a", GIVEN, path), __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_unlink_file(GIVEN, path), __WASI_ERRNO_NOTCAPABLE);
  }
  CHECK_ERROR(__wasi_path_symlink("/etc", GIVEN, "new"), __WASI_ERRNO_NOTCAPABLE);
}

// A trailing slash makes Linux follow a link that it otherwise would not.
static void trailing_slashes(void) {
  static const char* const links[] = {"up/", "abs/", "out/", "a/back/", "up/.", "abs/.."};
  for (unsigned i = 0; i < COUNT(links); ++i) {
    __wasi_filestat_t stat;
    uint8_t buffer[64];
    __wasi_size_t used;
    CHECK_ERROR(__wasi_path_filestat_get(GIVEN, 0, links[i], &stat), __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_filestat_set_times(GIVEN, 0, links[i], 0, 0, __WASI_FSTFLAGS_MTIM),
                __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_readlink(GIVEN, links[i], buffer, sizeof buffer, &used),
                __WASI_ERRNO_NOTCAPABLE);
    CHECK_ERROR(__wasi_path_link(GIVEN, 0, links[i], GIVEN, "new"), __WASI_ERRNO_NOTCAPABLE);
  }
  int fd;
  CHECK_ERROR(open_at(GIVEN, "a/file/", 1, 0, &fd), __WASI_ERRNO_NOTDIR);
  CHECK_ERROR(__wasi_path_unlink_file(GIVEN, "a/file/"), __WASI_ERRNO_NOTDIR);
  CHECK_ERROR(__wasi_path_create_directory(GIVEN, "fresh/"), 0);
  CHECK_ERROR(__wasi_path_rename(GIVEN, "fresh/", GIVEN, "renamed/"), 0);
  CHECK_ERROR(__wasi_path_remove_directory(GIVEN, "renamed/"), 0);
}

static void stays_inside(void) {
  static const char* const inside[] = {"a/file", "ok", "a/./../a//file", "a/../ok", "./a/file"};
  int fd;
  for (unsigned i = 0; i < COUNT(inside); ++i) {
    CHECK_ERROR(open_at(GIVEN, inside[i], 1, 0, &fd), 0);
    CHECK_ERROR(__wasi_fd_close((__wasi_fd_t)fd), 0);
  }
  CHECK_ERROR(open_at(GIVEN, "a", 1, __WASI_OFLAGS_DIRECTORY, &fd), 0);
  int other;
  CHECK_ERROR(open_at(fd, "../ok", 1, 0, &other), __WASI_ERRNO_NOTCAPABLE);
  CHECK_ERROR(open_at(fd, "back", 1, 0, &other), __WASI_ERRNO_NOTCAPABLE);
  CHECK_ERROR(open_at(fd, "file", 1, 0, &other), 0);
}

static void odd_names(void) {
  int fd;
  CHECK_ERROR(open_at(GIVEN, "loop", 1, 0, &fd), __WASI_ERRNO_LOOP);
  CHECK_ERROR(open_at(GIVEN, "loop/x", 1, 0, &fd), __WASI_ERRNO_LOOP);
  CHECK_ERROR(open_at(GIVEN, "loop", 0, 0, &fd), __WASI_ERRNO_LOOP);
  CHECK_ERROR(open_at(GIVEN, "dangling", 0, 0, &fd), __WASI_ERRNO_LOOP);
  CHECK_ERROR(open_at(GIVEN, "dangling", 1, 0, &fd), __WASI_ERRNO_NOENT);
  CHECK_ERROR(open_at(GIVEN, "", 1, 0, &fd), __WASI_ERRNO_NOENT);
  CHECK_ERROR(raw_path_open(GIVEN, 1, "a/file\0", 7, 0, -1, -1, 0, &fd), __WASI_ERRNO_INVAL);
  CHECK_ERROR(raw_path_open(GIVEN, 1, "\xff", 1, 0, -1, -1, 0, &fd), __WASI_ERRNO_ILSEQ);
  CHECK_ERROR(raw_path_open(GIVEN, 1, "a\xc0\xafpasswd", 9, 0, -1, -1, 0, &fd),
              __WASI_ERRNO_ILSEQ);
  static char endless[5000];
  memset(endless, 'x', sizeof endless);
  CHECK_ERROR(raw_path_open(GIVEN, 1, endless, sizeof endless, 0, -1, -1, 0, &fd),
              __WASI_ERRNO_NAMETOOLONG);
  CHECK_ERROR(raw_path_open(GIVEN, 1, endless, 300, 0, -1, -1, 0, &fd), __WASI_ERRNO_NAMETOOLONG);
}

int main(void) {
  opens_and_looks();
  changes_names();
  trailing_slashes();
  stays_inside();
  odd_names();
  return 0;
}
