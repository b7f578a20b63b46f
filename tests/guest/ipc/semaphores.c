/* System V semaphores: all or nothing, waiting, undoing, ends. */
#include <signal.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../check.h"

union semun {
  int val;
  struct semid_ds* buf;
  unsigned short* array;
};

static int id;

static int op(int num, int by, int flags) {
  struct sembuf one = {.sem_num = (unsigned short)num, .sem_op = (short)by, .sem_flg = (short)flags};
  return semop(id, &one, 1);
}
static int value(int num) { return semctl(id, num, GETVAL); }

static void on_alarm(int signo) { (void)signo; }

int main(void) {
  CHECK_FAILS(semget(IPC_PRIVATE, 0, 0600), EINVAL);
  CHECK_FAILS(semget(IPC_PRIVATE, -1, 0600), EINVAL);
  id = semget(IPC_PRIVATE, 3, 0600);
  CHECK(id >= 0);
  union semun arg;
  unsigned short all[3] = {5, 0, 7};
  arg.array = all;
  CHECK(semctl(id, 0, SETALL, arg) == 0);
  CHECK(value(0) == 5 && value(1) == 0 && value(2) == 7);
  arg.val = 2;
  CHECK(semctl(id, 1, SETVAL, arg) == 0);
  memset(all, 0, sizeof(all));
  arg.array = all;
  CHECK(semctl(id, 0, GETALL, arg) == 0 && all[1] == 2 && all[2] == 7);
  arg.val = 40000;
  CHECK_FAILS(semctl(id, 1, SETVAL, arg), ERANGE);
  CHECK_FAILS(semctl(id, 3, GETVAL), EINVAL);
  struct semid_ds status;
  arg.buf = &status;
  CHECK(semctl(id, 0, IPC_STAT, arg) == 0 && status.sem_nsems == 3 && status.sem_otime == 0);
  puts("made");

  struct sembuf two[2] = {{0, -5, IPC_NOWAIT}, {1, -3, IPC_NOWAIT}};
  CHECK_FAILS(semop(id, two, 2), EAGAIN);
  CHECK(value(0) == 5 && value(1) == 2);
  two[1].sem_op = -2;
  CHECK(semop(id, two, 2) == 0 && value(0) == 0 && value(1) == 0);
  CHECK(semctl(id, 1, GETPID) == getpid());
  CHECK_FAILS(op(3, 1, 0), EFBIG);
  CHECK_FAILS(op(2, 0, IPC_NOWAIT), EAGAIN);
  CHECK_FAILS(op(2, 32767, 0), ERANGE);
  CHECK_FAILS(semop(id, two, 0), EINVAL);
  CHECK_FAILS(semop(id, two, 501), E2BIG);
  CHECK_FAILS(semop(id, (void*)16, 1), EFAULT);
  CHECK_FAILS(semop(-9, two, 1), EINVAL);
  const struct timespec moment = {.tv_sec = 0, .tv_nsec = 20000000};
  struct sembuf down = {0, -1, 0};
  CHECK_FAILS(semtimedop(id, &down, 1, &moment), EAGAIN);
  const struct timespec wrong = {.tv_sec = 0, .tv_nsec = 2000000000};
  CHECK_FAILS(semtimedop(id, &down, 1, &wrong), EINVAL);
  puts("all or nothing");

  pid_t child = fork();
  if (child == 0) {
    if (op(0, -2, SEM_UNDO) != 0) _exit(1);
    if (op(1, 3, SEM_UNDO) != 0) _exit(2);
    _exit(0);
  }
  while (semctl(id, 0, GETNCNT) != 1)
    usleep(1000);
  CHECK(op(0, 1, 0) == 0 && op(0, 1, 0) == 0);
  int result;
  CHECK(waitpid(child, &result, 0) == child && result == 0);
  CHECK(value(0) == 2 && value(1) == 0);
  puts("undone");

  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  const struct itimerval soon = {.it_value = {.tv_usec = 50000}};
  setitimer(ITIMER_REAL, &soon, NULL);
  CHECK_FAILS(op(0, -9, 0), EINTR);
  CHECK(semctl(id, 0, GETNCNT) == 0);

  child = fork();
  if (child == 0) _exit(op(2, 0, 0) == -1 && errno == EIDRM ? 0 : 1);
  while (semctl(id, 2, GETZCNT) != 1)
    usleep(1000);
  CHECK(semctl(id, 0, IPC_RMID) == 0);
  CHECK(waitpid(child, &result, 0) == child && result == 0);
  CHECK_FAILS(op(0, 1, 0), EINVAL);
  puts("removed");
  return 0;
}
