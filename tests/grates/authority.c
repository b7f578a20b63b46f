// Nobody reaches what he does not control, whatever numbers he names.

#include <sys/syscall.h>

#include "../../guest/grate/src/raw.h"
#include "grate_test.h"

static lind_result answer(struct lind_call* call) {
  (void)call;
  return 7;
}
static lind_result answer_8(struct lind_call* call) {
  (void)call;
  return 8;
}
static void no_handler(void) {}
static int of_another_type(int a, int b) {
  return a + b;
}

static uint32_t index_of(void* function) {
  return (uint32_t)(uintptr_t)function;
}

static pid_t parent, sibling;
static char secret[16] = "secret";

// What a child may not do to its parent, to a sibling, to init and to nobody.
static void forge(void) {
  const uint32_t foreign[] = {(uint32_t)parent, (uint32_t)sibling, 1, 30000, 0xffffffff};
  char buffer[16] = "";
  for (unsigned i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
    const uint32_t cage = foreign[i];
    const int refused = i < 2 ? -EPERM : -ESRCH;
    CHECK(lind_register(cage, SYS_getppid, answer) == refused);
    CHECK(lind_register_to(cage, SYS_getppid, cage, index_of(answer), 0) == refused);
    CHECK(lind_register_to(cage, SYS_getppid, 0, EPERM, LIND_ROUTE_DENY) == refused);
    CHECK(lind_deregister(cage, SYS_getppid) == refused);
    CHECK(lind_copy_table(cage, (uint32_t)getpid()) == refused);
    CHECK(lind_copy_table((uint32_t)getpid(), cage) == refused);
    CHECK(lind_seal(cage) == refused);
    struct lind_route_row row;
    CHECK(lind_query(cage, SYS_getppid, &row, 1) == refused);
    CHECK(lind_copy_in(buffer, cage, (uintptr_t)secret, sizeof(buffer)) == refused);
    CHECK(lind_copy_out(cage, (uintptr_t)secret, "forged", 7) == refused);
    CHECK(lind_copy_string(buffer, cage, (uintptr_t)secret, sizeof(buffer)) == refused);
    struct lind_call call = {.number = SYS_close, .target = cage, .arg = {0}};
    CHECK(lind_make(&call) == refused);
    struct lind_request request = {.number = SYS_getppid, .table = cage};
    CHECK(lind_raw_syscall(LIND_make_syscall, (uintptr_t)&request, 0, 0, 0, 0, 0) == refused);
    struct lind_request write = {.number = SYS_write, .arg = {1, (uintptr_t)secret, 6}};
    write.owner[1] = cage;
    CHECK(lind_raw_syscall(LIND_make_syscall, (uintptr_t)&write, 0, 0, 0, 0, 0) == refused);
  }
  // Numbers wider than a cage's.
  CHECK(lind_raw_syscall(LIND_seal, (1ll << 32) + parent, 0, 0, 0, 0, 0) == -ESRCH);
  CHECK(strcmp(buffer, "") == 0);
}

// A parent's function, once the child runs a program of its own, cannot be tested without one; but
// an index that is no handler can.
static void bad_handlers(void) {
  const uint32_t own = (uint32_t)getpid();
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    pause();
    _exit(0);
  }
  const uint32_t target = (uint32_t)child;
  CHECK(lind_register_to(target, SYS_getppid, 0, 0, 0) == -EINVAL);
  CHECK(lind_register_to(target, SYS_getppid, 0, 0x7fffffff, 0) == -EINVAL);
  CHECK(lind_register_to(target, SYS_getppid, 0, 0xffffffff, 0) == -EINVAL);
  CHECK(lind_register_to(target, SYS_getppid, 0, index_of(no_handler), 0) == -EINVAL);
  CHECK(lind_register_to(target, SYS_getppid, 0, index_of(of_another_type), 0) == -EINVAL);
  CHECK(lind_register_to(target, SYS_getppid, 0, index_of(answer), LIND_ROUTE_REFERENCE) ==
        -EINVAL);
  CHECK(lind_register_to(target, SYS_getppid, 0, index_of(answer), 0x80000000) == -EINVAL);
  CHECK(lind_register_to(target, SYS_getppid, 0, 3, 17) == -EINVAL);
  CHECK(lind_register_to(target, SYS_getppid, 0, 0, LIND_ROUTE_DENY) == -EINVAL);
  CHECK(lind_register_to(target, SYS_getppid, 0, 512, LIND_ROUTE_DENY) == -EINVAL);
  for (int number = -3; number < 0; number++)
    if (number != LIND_EVERY_NUMBER) CHECK(lind_register(target, number, answer) == -EINVAL);
  CHECK(lind_register(target, 4192, answer) == -EINVAL);
  CHECK(lind_register(target, 0x10000, answer) == -EINVAL);
  CHECK(lind_register(target, LIND_make_syscall, answer) == -EINVAL);
  CHECK(lind_register(target, LIND_forward, answer) == -EINVAL);
  // Itself, and a child as the grate of its parent's own calls to Linux is no cycle by itself.
  CHECK(lind_register(own, SYS_getppid, answer) == -EPERM);
  CHECK(lind_register(target, SYS_getppid, answer) == 0);
  struct lind_route_row rows[4];
  CHECK(lind_query(target, SYS_getppid, rows, 4) == 2);
  CHECK(rows[0].kind == LIND_ROUTE_HANDLER && rows[0].grate == own && rows[0].changer == own);
  CHECK(rows[1].kind == LIND_ROUTE_MICROVISOR);
  CHECK(lind_query(target, 5000, rows, 4) == -EINVAL);
  CHECK(lind_seal(target) == 0);
  CHECK(lind_register(target, SYS_getppid, answer_8) == -EPERM);
  CHECK(lind_deregister(target, SYS_getppid) == -EPERM);
  CHECK(lind_copy_table(own, target) == -EPERM);
  CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
  CHECK(lind_register(target, SYS_getppid, answer) == -ESRCH);
}

// Outside a call there is nothing to forward; events are the host's.
static void out_of_place(void) {
  CHECK(lind_forward() == -EINVAL);
  CHECK(lind_raw_syscall(LIND_exit_notice, 0, 0, 0, 0, 0, 0) == -ENOSYS);
  CHECK(lind_raw_syscall(4160, 0, 0, 0, 0, 0, 0) == -ENOSYS);
  CHECK(lind_raw_syscall(LIND_make_syscall, 16, 0, 0, 0, 0, 0) == -EFAULT);
  CHECK(lind_raw_syscall(LIND_make_syscall, 0xffffffffffll, 0, 0, 0, 0, 0) == -EFAULT);
  const int numbers[] = {LIND_make_syscall, LIND_forward, LIND_exit_notice, 4170, 0x10000, 0x10001};
  for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
    struct lind_call call = {.number = numbers[i]};
    CHECK(lind_make(&call) == -ENOSYS);
  }
  // The first thread cannot become an activation, nor can one with a wild block.
  CHECK(lind_raw_syscall(LIND_SERVICE_ACTIVATION, 16, 0, 0, 0, 0, 0) == -EINVAL);
  CHECK(lind_raw_syscall(LIND_fork_interpose, 16, 1, 0, 0, 0, 0) == -EFAULT);
  CHECK(lind_raw_syscall(LIND_fork_interpose, 16, 1 << 20, 0, 0, 0, 0) == -EINVAL);
}

// --- copies -------------------------------------------------------------------------------------

static uint32_t victim;

static lind_result copy_limits(struct lind_call* call) {
  victim = call->caller;
  static char bytes[3 * 4096];
  const uint64_t end = call->arg[0];  // of the last page that is mapped
  CHECK(lind_copy_in(bytes, victim, end - 5000, 10000) == 5000);
  CHECK(lind_copy_in(bytes, victim, end - 5000, 5000) == 5000);
  CHECK(lind_copy_in(bytes, victim, end, 1) == -EFAULT);
  CHECK(lind_copy_out(victim, end - 100, bytes, 200) == 100);
  CHECK(lind_copy_in(bytes, victim, ~0ull - 3, 8) == -EFAULT);
  CHECK(lind_copy_in(bytes, victim, 1ull << 32, 8) == -EFAULT);
  CHECK(lind_copy_in(bytes, victim, 0, 0) == 0);
  CHECK(lind_copy_string(bytes, victim, end - 4, 100) == -EFAULT);
  CHECK(lind_copy_string(bytes, victim, end - 4, 4) == -ENAMETOOLONG);
  CHECK(lind_copy_out(victim, end - 4, "abc", 4) == 4);
  CHECK(lind_copy_string(bytes, victim, end - 4, 4) == 4 && strcmp(bytes, "abc") == 0);
  CHECK(lind_copy_string(bytes, victim, end - 4, 100) == 4);
  CHECK(lind_raw_syscall(LIND_copy_data_between_cages, 0, 16, 0, 16, 4, 2) == -EINVAL);
  return 0;
}

#include <sys/mman.h>

static void be_copied(void) {
  char* pages = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(pages != MAP_FAILED && munmap(pages + 2 * 4096, 2 * 4096) == 0);
  memset(pages, 'x', 2 * 4096);
  CHECK(syscall(SYS_getppid, pages + 2 * 4096) == 0);
}

int main(void) {
  parent = getpid();
  sibling = fork();
  CHECK(sibling >= 0);
  if (sibling == 0) {
    pause();
    _exit(0);
  }
  in_child(forge);
  CHECK(strcmp(secret, "secret") == 0);
  CHECK(kill(sibling, SIGKILL) == 0 && waitpid(sibling, NULL, 0) == sibling);
  bad_handlers();
  out_of_place();
  lind_on(SYS_getppid, copy_limits);
  in_child(be_copied);
  puts("authority: passed");
  return 0;
}
