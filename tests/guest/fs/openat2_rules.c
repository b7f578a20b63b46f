/* What openat2's resolve flags forbid. */
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "transcript.h"

static int try(int dir, const char* path, unsigned long long resolve, unsigned long long flags) {
  struct open_how how = {.flags = flags, .resolve = resolve};
  const int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
  if (fd < 0) return -1;
  close(fd);
  return 0;
}

#define TRY(path, rule) SHOW(try(dir, path, rule, O_RDONLY))

int main(void) {
  begin();
  NEED(mkdir("dir", 0755));
  NEED(mkdir("dir/sub", 0755));
  put_file("outside", "o");
  put_file("dir/file", "f");
  NEED(symlink("sub", "dir/inner"));
  NEED(symlink("../outside", "dir/up"));
  NEED(symlink("/file", "dir/absolute"));
  const int dir = open("dir", O_PATH | O_DIRECTORY);

  TRY("file", RESOLVE_BENEATH);
  TRY("sub/../file", RESOLVE_BENEATH);
  TRY("inner/../file", RESOLVE_BENEATH);
  TRY("../outside", RESOLVE_BENEATH);
  TRY("up", RESOLVE_BENEATH);
  TRY("absolute", RESOLVE_BENEATH);
  TRY("/", RESOLVE_BENEATH);
  TRY("file", RESOLVE_IN_ROOT);
  TRY("../file", RESOLVE_IN_ROOT);
  TRY("/file", RESOLVE_IN_ROOT);
  TRY("absolute", RESOLVE_IN_ROOT);
  TRY("up", RESOLVE_IN_ROOT);
  TRY("../../outside", RESOLVE_IN_ROOT);
  TRY("inner", RESOLVE_NO_SYMLINKS);
  TRY("inner/..", RESOLVE_NO_SYMLINKS);
  TRY("sub/..", RESOLVE_NO_SYMLINKS);
  TRY("up", RESOLVE_NO_SYMLINKS);
  SHOW(try(dir, "up", RESOLVE_NO_SYMLINKS, O_PATH | O_NOFOLLOW));
  TRY("../outside", RESOLVE_NO_XDEV);
  TRY("/proc/self/status", RESOLVE_NO_XDEV);
  TRY("/proc/self/status", RESOLVE_NO_MAGICLINKS);
  TRY("/proc/self/fd/0", RESOLVE_NO_MAGICLINKS);
  TRY("file", RESOLVE_BENEATH | RESOLVE_IN_ROOT);
  TRY("file", 1ull << 40);
  close(dir);
  NEED(unlink("dir/inner"));
  NEED(unlink("dir/up"));
  NEED(unlink("dir/absolute"));
  NEED(unlink("dir/file"));
  NEED(unlink("outside"));
  NEED(rmdir("dir/sub"));
  NEED(rmdir("dir"));
  return end();
}
