/* Symbolic links: loops, limits, "..", absolute targets, links in the middle of a path. */
#include "transcript.h"

int main(void) {
  begin();
  NEED(mkdir("a", 0755));
  NEED(mkdir("a/b", 0755));
  put_file("a/file", "in a");
  put_file("a/b/file", "in b");
  put_file("file", "top");
  NEED(symlink("a/b", "into"));
  NEED(symlink("../file", "a/up"));
  NEED(symlink("../../file", "a/b/up2"));
  NEED(symlink("loop2", "loop1"));
  NEED(symlink("loop1", "loop2"));
  NEED(symlink(".", "self"));
  NEED(symlink("a/", "slash"));
  NEED(symlink("file/", "fileslash"));
  NEED(symlink("/dev/null", "null"));
  NEED(symlink("a/b/../file", "dots"));

  show_file("into/file");
  show_file("into/../file");
  show_file("a/up");
  show_file("into/up2");
  show_file("self/self/self/file");
  show_file("slash/file");
  show_file("slash//b/.//file");
  show_file("fileslash");
  show_file("null");
  show_file("dots");
  show_file("into/../../file");
  show_file("loop1");
  show_file("loop1/file");
  show_file("file/../file");
  show_file("missing/../file");
  show_file("a/b/../../a/b/../up");

  char path[600] = "";
  for (int i = 0; i < 40; ++i)
    strcat(path, "self/");
  strcat(path, "file");
  show_file(path);
  memmove(path + 5, path, strlen(path) + 1);
  memcpy(path, "self/", 5);
  show_file(path);

  /* What follows the last link and what does not. */
  struct stat status;
  SHOW(stat("loop1", &status));
  SHOW(lstat("loop1", &status));
  SHOW(chmod("into", 0700));
  NEED(stat("a/b", &status));
  printf("mode of the target: %o\n", status.st_mode & 07777);
  SHOW(mkdir("loop1", 0755));
  SHOW(rmdir("into"));
  SHOW(rmdir("into/"));
  SHOW(unlink("into/"));
  SHOW(rename("into", "moved"));
  show_file("moved/file");
  SHOW(truncate("a/up", 1));
  show_file("file");
  SHOW(open("self/new", O_WRONLY | O_CREAT | O_EXCL, 0644));
  SHOW(close(3));
  SHOW(chdir("moved"));
  show_file("file");
  show_file("../file");
  SHOW(chdir(".."));
  show_file("file");
  SHOW(chdir("loop1"));
  SHOW(chdir("fileslash"));

  static const char* const names[] = {"new",  "file",    "a/file", "a/b/file", "moved",
                                      "a/up", "a/b/up2", "loop1",  "loop2",    "fileslash",
                                      "self", "slash",   "null",   "dots"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); ++i) {
    /* chdir("..") from "moved" led to "a". */
    char name[64];
    snprintf(name, sizeof(name), "../%s", names[i]);
    NEED(unlink(name));
  }
  SHOW(chdir(".."));
  NEED(rmdir("a/b"));
  NEED(rmdir("a"));
  return end();
}
