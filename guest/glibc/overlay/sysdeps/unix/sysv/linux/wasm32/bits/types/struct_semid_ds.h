#ifndef _SYS_SEM_H
# error "Never include <bits/types/struct_semid_ds.h> directly; use <sys/sem.h> instead."
#endif
/* Layout of the LP64 x86-64 kernel.  */
struct semid_ds
{
  struct ipc_perm sem_perm;
  __time_t sem_otime;
  __syscall_ulong_t __sem_otime_high;
  __time_t sem_ctime;
  __syscall_ulong_t __sem_ctime_high;
  __syscall_ulong_t sem_nsems;
  __syscall_ulong_t __glibc_reserved3;
  __syscall_ulong_t __glibc_reserved4;
};
