/* System V shared memory between processes. */
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"

enum { kPage = 4096 };

static unsigned long attached(int id) {
  struct shmid_ds status;
  CHECK(shmctl(id, IPC_STAT, &status) == 0);
  return (unsigned long)status.shm_nattch;
}

int main(void) {
  const key_t key = 0x4c690000 + (getpid() & 0xffff);
  CHECK_FAILS(shmget(key, 4096, 0600), ENOENT);
  CHECK_FAILS(shmget(key, 0, IPC_CREAT | 0600), EINVAL);
  const int id = shmget(key, 3 * kPage - 5, IPC_CREAT | IPC_EXCL | 0640);
  CHECK(id >= 0);
  CHECK_FAILS(shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
  CHECK_FAILS(shmget(key, 4 * kPage, 0), EINVAL);
  CHECK(shmget(key, 0, 0) == id);
  struct shmid_ds status;
  CHECK(shmctl(id, IPC_STAT, &status) == 0);
  CHECK(status.shm_segsz == 3 * kPage - 5 && status.shm_nattch == 0);
  CHECK(status.shm_perm.__key == key && (status.shm_perm.mode & 0777) == 0640);
  CHECK(status.shm_cpid == getpid() && status.shm_lpid == 0 && status.shm_atime == 0);
  CHECK_FAILS(shmctl(id, 77, &status), EINVAL);
  CHECK_FAILS(shmctl(id, IPC_STAT, (void*)16), EFAULT);
  CHECK_FAILS(shmctl(-5, IPC_STAT, &status), EINVAL);
  puts("made");

  char* const p = shmat(id, NULL, 0);
  CHECK(p != (char*)-1 && p[0] == 0 && attached(id) == 1);
  char* const q = shmat(id, NULL, SHM_RDONLY);
  CHECK(q != p && attached(id) == 2);
  strcpy(p + kPage, "both");
  CHECK(strcmp(q + kPage, "both") == 0);
  CHECK_FAILS((long)shmat(id, p, 0), EINVAL);
  CHECK_FAILS((long)shmat(id, p + 1, 0), EINVAL);
  CHECK_FAILS((long)shmat(-5, NULL, 0), EINVAL);
  CHECK(shmdt(q) == 0);
  CHECK_FAILS(shmdt(q), EINVAL);
  CHECK_FAILS(shmdt(p + 1), EINVAL);
  CHECK(attached(id) == 1);
  char* const again = shmat(id, q, 0);
  CHECK(again == q);
  CHECK(shmat(id, q + 77, SHM_RND | SHM_REMAP) == q);
  CHECK(shmdt(q) == 0);
  puts("attached");

  int to[2];
  CHECK(pipe(to) == 0);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(attached(id) == 2);
    strcpy(p, "child");
    CHECK(mprotect(p + kPage, kPage, PROT_READ) == 0);
    CHECK(shmdt(p) == 0);
    CHECK(shmctl(id, IPC_RMID, NULL) == 0);
    _exit(0);
  }
  int result;
  CHECK(waitpid(child, &result, 0) == child && result == 0);
  CHECK(strcmp(p, "child") == 0);
  CHECK(shmctl(id, IPC_STAT, &status) == 0);
  CHECK((status.shm_perm.mode & SHM_DEST) != 0 && status.shm_nattch == 1);
  CHECK_FAILS(shmget(key, 0, 0), ENOENT);
  CHECK(shmdt(p) == 0);
  CHECK_FAILS(shmctl(id, IPC_STAT, &status), EINVAL);
  CHECK_FAILS((long)shmat(id, NULL, 0), EINVAL);
  puts("gone");

  const int private_id = shmget(IPC_PRIVATE, kPage, 0600);
  CHECK(private_id >= 0 && shmget(IPC_PRIVATE, kPage, 0600) != private_id);
  status.shm_perm.mode = 0600;
  status.shm_perm.uid = getuid();
  status.shm_perm.gid = getgid();
  CHECK(shmctl(private_id, IPC_SET, &status) == 0);
  CHECK(shmctl(private_id, IPC_RMID, NULL) == 0);
  CHECK_FAILS(shmctl(private_id, IPC_RMID, NULL), EINVAL);
  return 0;
}
