/* inotify: watches, events in order, ends. */
#include <poll.h>
#include <sys/inotify.h>

#include "transcript.h"

static int watcher;

static void events(void) {
  struct pollfd p = {.fd = watcher, .events = POLLIN};
  printf("ready: %d\n", poll(&p, 1, 0));
  _Alignas(struct inotify_event) char buffer[2048];
  const ssize_t size = read(watcher, buffer, sizeof(buffer));
  if (size < 0) {
    printf("read: %s\n", strerrorname_np(errno));
    return;
  }
  for (ssize_t at = 0; at < size;) {
    const struct inotify_event* const event = (const void*)(buffer + at);
    printf("  watch %d mask %x cookie %d name '%s'\n", event->wd, event->mask, event->cookie != 0,
           event->len != 0 ? event->name : "");
    at += (ssize_t)(sizeof(*event) + event->len);
  }
}

int main(void) {
  begin();
  SHOW(inotify_init1(99));
  watcher = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  SHOW(watcher);
  NEED(mkdir("dir", 0755));
  NEED(symlink("dir", "link"));
  put_file("dir/old", "1");
  SHOW(inotify_add_watch(watcher, "dir", IN_CREATE | IN_DELETE | IN_MOVE | IN_MODIFY));
  SHOW(inotify_add_watch(watcher, "dir/old", IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF));
  SHOW(inotify_add_watch(watcher, "link", IN_CREATE | IN_DELETE | IN_MOVE | IN_MODIFY));
  SHOW(inotify_add_watch(watcher, "link", IN_DELETE_SELF | IN_DONT_FOLLOW));
  SHOW(inotify_add_watch(watcher, "dir/old", IN_MODIFY | IN_ONLYDIR));
  SHOW(inotify_add_watch(watcher, "missing", IN_MODIFY));
  SHOW(inotify_add_watch(watcher, "dir", 0));
  SHOW(inotify_add_watch(0, "dir", IN_MODIFY));
  SHOW(inotify_add_watch(40, "dir", IN_MODIFY));
  SHOW(inotify_add_watch(watcher, bad_pointer, IN_MODIFY));
  events();
  put_file("dir/new", "22");
  NEED(rename("dir/new", "dir/newer"));
  NEED(chmod("dir/old", 0600));
  put_file("dir/old", "3");
  events();
  SHOW(inotify_rm_watch(watcher, 99));
  SHOW(inotify_rm_watch(watcher, 1));
  NEED(unlink("dir/newer"));
  NEED(unlink("dir/old"));
  NEED(unlink("link"));
  events();
  NEED(rmdir("dir"));
  NEED(close(watcher));
  return end();
}
