// While run_program.py exchanges what these paths name, none of them leads to ../secret.
#include "check.h"

enum { TRIES = 4000 };

static const char* const paths[] = {"swap/secret", "swap/given/../secret", "deep/a/../../secret",
                                    "deep/a/../../../secret", "swap/../secret"};

static void look(const char* path) {
  int fd = -1;
  const __wasi_errno_t error = open_at(GIVEN, path, 1, 0, &fd);
  CHECK(error != __WASI_ERRNO_AGAIN);
  if (error != 0) return;
  char text[32] = "";
  const __wasi_iovec_t buffer = {(uint8_t*)text, sizeof text - 1};
  __wasi_size_t got = 0;
  CHECK_ERROR(__wasi_fd_read((__wasi_fd_t)fd, &buffer, 1, &got), 0);
  CHECK(strcmp(text, "granted\n") == 0);
  CHECK_ERROR(__wasi_fd_close((__wasi_fd_t)fd), 0);
}

// Names that are made must stay inside too.
static void make(void) {
  (void)__wasi_path_create_directory(GIVEN, "swap/made");
  (void)__wasi_path_remove_directory(GIVEN, "swap/made");
  (void)__wasi_path_symlink("x", GIVEN, "swap/given/made");
  (void)__wasi_path_unlink_file(GIVEN, "swap/given/made");
  (void)__wasi_path_unlink_file(GIVEN, "swap/secret/");
}

int main(void) {
  for (int i = 0; i < TRIES; ++i) {
    for (unsigned n = 0; n < sizeof paths / sizeof paths[0]; ++n)
      look(paths[n]);
    make();
  }
  return 0;
}
