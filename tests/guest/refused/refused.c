/// \file
/// Calls what docs/libc.md says is out of reach and prints, for each function, the error that it
/// ended with.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/acct.h>
#include <sys/fanotify.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/quota.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static void show(const char* name, long result) {
  printf("%s %s\n", name, result == -1 ? strerrorname_np(errno) : "no error");
}

#define SHOW(name, call)      \
  do {                        \
    errno = 0;                \
    show(name, (long)(call)); \
  } while (0)

int main(void) {
  struct timespec t = {0};
  struct timeval v = {0};
  struct timex x = {.modes = ADJ_FREQUENCY};
  struct iovec iov = {"x", 1};
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(0, &cpus);
  SHOW("acct", acct("/x"));
  SHOW("adjtime", adjtime(&v, NULL));
  SHOW("adjtimex", adjtimex(&x));
  SHOW("clock_adjtime", clock_adjtime(CLOCK_REALTIME, &x));
  SHOW("clock_settime", clock_settime(CLOCK_REALTIME, &t));
  SHOW("fanotify_init", fanotify_init(0, 0));
  SHOW("init_module", syscall(175, "", 0, ""));
  SHOW("klogctl", klogctl(3, NULL, 0));
  SHOW("mount", mount("a", "b", "c", 0, NULL));
  SHOW("name_to_handle_at",
       name_to_handle_at(AT_FDCWD, "/", &(struct file_handle){0}, &(int){0}, 0));
  SHOW("pidfd_getfd", pidfd_getfd(0, 0, 0));
  SHOW("pivot_root", syscall(155, "/", "/"));
  SHOW("pkey_alloc", pkey_alloc(0, 0));
  SHOW("process_madvise", process_madvise(0, &iov, 1, 0, 0));
  SHOW("process_vm_readv", process_vm_readv(getpid(), &iov, 1, &iov, 1, 0));
  SHOW("process_vm_writev", process_vm_writev(getpid(), &iov, 1, &iov, 1, 0));
  SHOW("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
  SHOW("quotactl", quotactl(0, "/", 0, NULL));
  SHOW("reboot", reboot(RB_AUTOBOOT));
  SHOW("remap_file_pages", remap_file_pages(NULL, 0, 0, 0, 0));
  SHOW("sched_rr_get_interval", sched_rr_get_interval(0, &t));
  SHOW("sched_setaffinity", sched_setaffinity(0, sizeof cpus, &cpus));
  SHOW("setdomainname", setdomainname("x", 1));
  SHOW("sethostname", sethostname("x", 1));
  SHOW("setns", setns(0, 0));
  SHOW("settimeofday", settimeofday(&v, NULL));
  SHOW("swapoff", swapoff("/x"));
  SHOW("swapon", swapon("/x", 0));
  SHOW("umount", umount("/x"));
  SHOW("umount2", umount2("/x", 0));
  SHOW("unshare", unshare(CLONE_NEWNS));
  SHOW("vhangup", vhangup());
  SHOW("vmsplice", vmsplice(1, &iov, 1, 0));
  SHOW("fanotify_mark", fanotify_mark(0, 0, 0, 0, "/"));
  SHOW("fsconfig", fsconfig(0, 0, NULL, NULL, 0));
  SHOW("fsmount", fsmount(0, 0, 0));
  SHOW("fsopen", fsopen("x", 0));
  SHOW("fspick", fspick(AT_FDCWD, "/", 0));
  SHOW("mount_setattr", mount_setattr(AT_FDCWD, "/", 0, NULL, 0));
  SHOW("move_mount", move_mount(AT_FDCWD, "/", AT_FDCWD, "/", 0));
  SHOW("open_by_handle_at", open_by_handle_at(0, &(struct file_handle){0}, 0));
  SHOW("open_tree", open_tree(AT_FDCWD, "/", 0));
  SHOW("pkey_free", pkey_free(0));
  SHOW("pkey_mprotect", pkey_mprotect(NULL, 0, 0, 1));
  SHOW("process_mrelease", process_mrelease(0, 0));
  SHOW("close_range(CLOSE_RANGE_UNSHARE)", close_range(90, 91, CLOSE_RANGE_UNSHARE));
  SHOW("fcntl(F_SETLEASE)", fcntl(0, F_SETLEASE, F_RDLCK));
  SHOW("memfd_create(MFD_HUGETLB)", memfd_create("x", MFD_HUGETLB));
  SHOW("mknod(S_IFCHR)", mknod("made2", S_IFCHR | 0600, 0));
  SHOW("mmap(MAP_HUGETLB)",
       mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0));
  SHOW("prctl(PR_SET_SECCOMP)", prctl(PR_SET_SECCOMP, 1, 0, 0, 0));
  SHOW("sched_setscheduler(SCHED_FIFO)",
       sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){1}));
  SHOW("socket(AF_PACKET)", socket(AF_PACKET, SOCK_RAW, 0));
  SHOW("getcontext, called by address", (&getcontext)(&(ucontext_t){0}));
  // These return an error number, or null.
  errno = pthread_setaffinity_np(pthread_self(), sizeof cpus, &cpus);
  show("pthread_setaffinity_np", -1);
  errno = 0;
  void *volatile first = malloc(3U << 30);
  void *volatile second = malloc(3U << 30);
  show("malloc(3 GiB), twice", first == NULL || second == NULL ? -1 : 0);
  return 0;
}
