/* System V message queues. */
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"

struct message {
  long type;
  char text[64];
};

static int id;

static int put(long type, const char* text) {
  struct message m = {.type = type};
  strcpy(m.text, text);
  return msgsnd(id, &m, strlen(text), IPC_NOWAIT);
}

/// The header's struct is laid out as one's own.
static void put_and_take_msgbuf(void) {
  struct msgbuf buffer = {.mtype = 5, .mtext = "b"};
  struct message m;
  CHECK(msgsnd(id, &buffer, 1, IPC_NOWAIT) == 0);
  CHECK(msgrcv(id, &m, 64, 5, IPC_NOWAIT) == 1 && m.type == 5 && m.text[0] == 'b');
  CHECK(put(6, "c") == 0);
  CHECK(msgrcv(id, &buffer, 1, 6, IPC_NOWAIT) == 1 && buffer.mtype == 6 && buffer.mtext[0] == 'c');
}

static void take(long type, size_t size, int flags) {
  struct message m;
  memset(&m, 0, sizeof(m));
  const ssize_t got = msgrcv(id, &m, size, type, flags | IPC_NOWAIT);
  if (got < 0) {
    printf("%ld: %s\n", type, strerrorname_np(errno));
  } else {
    printf("%ld: type %ld '%.*s'\n", type, m.type, (int)got, m.text);
  }
}

int main(void) {
  id = msgget(IPC_PRIVATE, 0600);
  CHECK(id >= 0);
  CHECK_FAILS(put(0, "x"), EINVAL);
  CHECK_FAILS(put(-1, "x"), EINVAL);
  put_and_take_msgbuf();
  CHECK(put(3, "three") == 0 && put(1, "one") == 0 && put(2, "two") == 0 && put(1, "uno") == 0);
  struct msqid_ds status;
  CHECK(msgctl(id, IPC_STAT, &status) == 0);
  CHECK(status.msg_qnum == 4 && status.msg_lspid == getpid() && status.msg_lrpid == getpid());
  take(0, 2, 0);
  take(0, 2, MSG_NOERROR);
  take(-2, 64, 0);
  take(1, 64, MSG_EXCEPT);
  take(7, 64, 0);
  take(1, 64, 0);
  take(0, 64, 0);
  CHECK_FAILS(msgsnd(id, (void*)16, 1, 0), EFAULT);
  struct message m = {.type = 1};
  CHECK_FAILS(msgsnd(id, &m, 9000, 0), EINVAL);
  CHECK_FAILS(msgrcv(id, &m, -1, 0, 0), EINVAL);

  static struct {
    long type;
    char text[8192];
  } large = {.type = 9};
  CHECK(msgsnd(id, &large, 8192, IPC_NOWAIT) == 0 && msgsnd(id, &large, 8192, IPC_NOWAIT) == 0);
  CHECK_FAILS(msgsnd(id, &large, 1, IPC_NOWAIT), EAGAIN);
  const pid_t child = fork();
  if (child == 0) {
    if (msgsnd(id, &large, 1, 0) != 0) _exit(1);
    /* It sleeps when the queue goes, or comes too late. */
    _exit(msgrcv(id, &large, 8192, 77, 0) == -1 && (errno == EIDRM || errno == EINVAL) ? 0 : 2);
  }
  usleep(20000);
  CHECK(msgrcv(id, &large, 8192, 0, 0) == 8192);
  for (;;) {
    CHECK(msgctl(id, IPC_STAT, &status) == 0);
    if (status.msg_qnum == 2) break;
    usleep(1000);
  }
  CHECK(msgctl(id, IPC_RMID, NULL) == 0);
  int result;
  CHECK(waitpid(child, &result, 0) == child && result == 0);
  CHECK_FAILS(put(1, "x"), EINVAL);
  puts("removed");
  return 0;
}
