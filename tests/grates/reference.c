// A grate in C as it is written for Lind-Wasm: lind_syscall.h, pass_fptr_to_wt, children that
// register themselves, addresses with their owners.

#include <fcntl.h>
#include <lind_syscall.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

typedef int handler(uint64_t cageid, uint64_t arg1, uint64_t arg1cage, uint64_t arg2,
                    uint64_t arg2cage, uint64_t arg3, uint64_t arg3cage, uint64_t arg4,
                    uint64_t arg4cage, uint64_t arg5, uint64_t arg5cage, uint64_t arg6,
                    uint64_t arg6cage);

int pass_fptr_to_wt(uint64_t fn_ptr_uint, uint64_t cageid, uint64_t arg1, uint64_t arg1cage,
                    uint64_t arg2, uint64_t arg2cage, uint64_t arg3, uint64_t arg3cage,
                    uint64_t arg4, uint64_t arg4cage, uint64_t arg5, uint64_t arg5cage,
                    uint64_t arg6, uint64_t arg6cage);

int pass_fptr_to_wt(uint64_t fn_ptr_uint, uint64_t cageid, uint64_t arg1, uint64_t arg1cage,
                    uint64_t arg2, uint64_t arg2cage, uint64_t arg3, uint64_t arg3cage,
                    uint64_t arg4, uint64_t arg4cage, uint64_t arg5, uint64_t arg5cage,
                    uint64_t arg6, uint64_t arg6cage) {
  if (fn_ptr_uint == 0) return -1;
  handler* fn = (handler*)(uintptr_t)fn_ptr_uint;
  return fn(cageid, arg1, arg1cage, arg2, arg2cage, arg3, arg3cage, arg4, arg4cage, arg5, arg5cage,
            arg6, arg6cage);
}

static int grate;
static int num_registered;

#define PARAMETERS                                                                               \
  uint64_t cageid, uint64_t a1, uint64_t c1, uint64_t a2, uint64_t c2, uint64_t a3, uint64_t c3, \
      uint64_t a4, uint64_t c4, uint64_t a5, uint64_t c5, uint64_t a6, uint64_t c6

static int geteuid_grate(PARAMETERS) {
  (void)a1, (void)c1, (void)a2, (void)c2, (void)a3, (void)c3;
  (void)a4, (void)c4, (void)a5, (void)c5, (void)a6, (void)c6;
  CHECK(cageid == (uint64_t)grate);
  return 10;
}

// The caller's text is written in capitals, from a buffer of the grate.
static int write_grate(PARAMETERS) {
  static _Thread_local char text[64];
  (void)cageid;
  const uint64_t bytes = a3 < sizeof(text) ? a3 : sizeof(text);
  const int copied = copy_data_between_cages((uint64_t)grate, c2, a2, c2, (uintptr_t)text,
                                             (uint64_t)grate, bytes, 0);
  CHECK(copied == (int)(uintptr_t)text);
  for (uint64_t i = 0; i < bytes; i++)
    if (text[i] >= 'a' && text[i] <= 'z') text[i] -= 'a' - 'A';
  return make_threei_call(SYS_write, 0, (uint64_t)grate, c1, a1, c1, (uintptr_t)text,
                          (uint64_t)grate | GRATE_MEMORY_FLAG, bytes, c3, a4, c4, a5, c5, a6, c6,
                          0);
}

// Strings, in and out; what is not used stays what the reference says it is.
static int chdir_grate(PARAMETERS) {
  static _Thread_local char path[64];
  (void)cageid, (void)a2, (void)c2, (void)a3, (void)c3, (void)a4, (void)c4;
  (void)a5, (void)c5, (void)a6, (void)c6;
  const uint64_t own = (uint64_t)grate;
  CHECK(copy_data_between_cages(own, c1, a1, c1, (uintptr_t)path, own, sizeof(path), 1) ==
        (int)(uintptr_t)path);
  CHECK(strcmp(path, "/elsewhere") == 0);
  CHECK((unsigned)copy_data_between_cages(own, c1, a1, c1, (uintptr_t)path, own, 3, 1) ==
        ELINDAPIABORTED);
  CHECK((unsigned)copy_data_between_cages(own, c1, 16, c1, (uintptr_t)path, own, 3, 0) ==
        ELINDAPIABORTED);
  return make_threei_call(SYS_chdir, 0, own, c1, (uintptr_t)"/", own | GRATE_MEMORY_FLAG, NOTUSED,
                          NOTUSED, NOTUSED, NOTUSED, NOTUSED, NOTUSED, NOTUSED, NOTUSED, NOTUSED,
                          NOTUSED, 0);
}

// What a grate above would register, seen on its way: (target, number), (_, grate), function.
static int register_grate(PARAMETERS) {
  CHECK(a1 != 0 && c1 == SYS_getppid && c2 != 0 && a3 != 0);
  num_registered++;
  return make_threei_call(REGISTER_HANDLER_SYSCALL, 0, (uint64_t)grate, c2, a1, c1, a2, c2, a3, c3,
                          a4, c4, a5, c5, a6, c6, 0);
  (void)cageid;
}

static int getppid_grate(uint64_t cageid) {
  (void)cageid;
  return 77;
}

static void application(void) {
  CHECK(geteuid() == 10);
  CHECK(write(1, "shouted\n", 8) == 8);
  CHECK(chdir("/elsewhere") == 0);
  char cwd[8];
  CHECK(getcwd(cwd, sizeof(cwd)) != NULL && strcmp(cwd, "/") == 0);
  // It is a grate of its own, for a child; the lower one sees it register.
  const int own = getpid();
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    CHECK(register_handler((uint64_t)getpid(), SYS_getppid, (uint64_t)own,
                           (uint64_t)(uintptr_t)&getppid_grate) == 0);
    CHECK(syscall(SYS_getppid) == 77);
    CHECK(register_handler((uint64_t)own, SYS_getppid, (uint64_t)getpid(),
                           (uint64_t)(uintptr_t)&getppid_grate) == -EPERM);
    CHECK(geteuid() == 10);
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

int main(void) {
  grate = getpid();
  const pid_t cage = fork();
  CHECK(cage >= 0);
  if (cage == 0) {
    const uint64_t own = (uint64_t)getpid();
    CHECK(register_handler(own, SYS_geteuid, (uint64_t)grate,
                           (uint64_t)(uintptr_t)&geteuid_grate) == 0);
    CHECK(register_handler(own, SYS_write, (uint64_t)grate, (uint64_t)(uintptr_t)&write_grate) ==
          0);
    CHECK(register_handler(own, SYS_chdir, (uint64_t)grate, (uint64_t)(uintptr_t)&chdir_grate) ==
          0);
    CHECK(register_handler(own, REGISTER_HANDLER_SYSCALL, (uint64_t)grate,
                           (uint64_t)(uintptr_t)&register_grate) == 0);
    application();
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(cage, &status, 0) == cage);
  CHECK(status == 0);
  CHECK(num_registered >= 1);
  puts("reference: passed");
  return 0;
}
