/* Asserts the layouts that docs/guest-abi.md promises to the host; compiled, never run.  */
#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <sys/types.h>
#include <sys/ucontext.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <net/if.h>
#include <time.h>
#include <utime.h>

#define SIZE(type, size) _Static_assert (sizeof (type) == (size), #type)
#define AT(type, member, offset, size)						\
  _Static_assert (offsetof (type, member) == (offset), #type "." #member);	\
  _Static_assert (sizeof (((type *) 0)->member) == (size), "size of " #type "." #member)

SIZE (void *, 4); SIZE (long, 4); SIZE (size_t, 4); SIZE (long double, 16);
SIZE (off_t, 8); SIZE (time_t, 8); SIZE (ino_t, 8); SIZE (dev_t, 8);
SIZE (nlink_t, 4); SIZE (blksize_t, 4); SIZE (clock_t, 4); SIZE (suseconds_t, 4);

SIZE (struct timespec, 16); AT (struct timespec, tv_nsec, 8, 4);
SIZE (struct timeval, 16); AT (struct timeval, tv_usec, 8, 4);
SIZE (struct itimerspec, 32); SIZE (struct itimerval, 32); SIZE (struct utimbuf, 16);
SIZE (struct timex, 208); AT (struct timex, time, 72, 16); AT (struct timex, tai, 160, 4);
SIZE (struct tms, 32); AT (struct tms, tms_stime, 8, 4); AT (struct tms, tms_cutime, 16, 4);
AT (struct tms, tms_cstime, 24, 4);

SIZE (struct stat, 144); AT (struct stat, st_ino, 8, 8); AT (struct stat, st_nlink, 16, 4);
AT (struct stat, st_mode, 24, 4); AT (struct stat, st_uid, 28, 4); AT (struct stat, st_gid, 32, 4);
AT (struct stat, st_rdev, 40, 8); AT (struct stat, st_size, 48, 8); AT (struct stat, st_blksize, 56, 4);
AT (struct stat, st_blocks, 64, 8); AT (struct stat, st_atim, 72, 16); AT (struct stat, st_mtim, 88, 16);
AT (struct stat, st_ctim, 104, 16);
SIZE (struct statx, 256);
SIZE (struct statfs, 120); AT (struct statfs, f_bsize, 8, 8); AT (struct statfs, f_blocks, 16, 8);
AT (struct statfs, f_fsid, 56, 8); AT (struct statfs, f_namelen, 64, 8); AT (struct statfs, f_flags, 80, 8);
AT (struct dirent, d_off, 8, 8); AT (struct dirent, d_reclen, 16, 2); AT (struct dirent, d_type, 18, 1);
AT (struct dirent, d_name, 19, 256);
SIZE (struct flock, 32); AT (struct flock, l_start, 8, 8); AT (struct flock, l_len, 16, 8);
AT (struct flock, l_pid, 24, 4);

SIZE (struct rlimit, 16); SIZE (struct rusage, 144); AT (struct rusage, ru_stime, 16, 16);
AT (struct rusage, ru_maxrss, 32, 4); AT (struct rusage, ru_nivcsw, 136, 4);
SIZE (struct sysinfo, 112); AT (struct sysinfo, totalram, 32, 8); AT (struct sysinfo, procs, 80, 2);
AT (struct sysinfo, mem_unit, 104, 4);
SIZE (struct utsname, 390); SIZE (struct pollfd, 8); SIZE (fd_set, 128); SIZE (cpu_set_t, 128);
SIZE (struct epoll_event, 12); AT (struct epoll_event, data, 4, 8);
SIZE (struct signalfd_siginfo, 128); SIZE (struct mq_attr, 64);

SIZE (struct ipc_perm, 48); AT (struct ipc_perm, mode, 20, 4);
SIZE (struct shmid_ds, 112); AT (struct shmid_ds, shm_segsz, 48, 4); AT (struct shmid_ds, shm_atime, 56, 8);
AT (struct shmid_ds, shm_nattch, 88, 8);
SIZE (struct msgbuf, 8); AT (struct msgbuf, mtype, 0, 4); AT (struct msgbuf, mtext, 4, 1);
SIZE (struct msqid_ds, 120); AT (struct msqid_ds, msg_qbytes, 88, 8);
SIZE (struct semid_ds, 104); AT (struct semid_ds, sem_ctime, 64, 8); AT (struct semid_ds, sem_nsems, 80, 8);

SIZE (struct iovec, 8); SIZE (struct msghdr, 28); SIZE (struct mmsghdr, 32);
AT (struct msghdr, msg_iov, 8, 4); AT (struct msghdr, msg_control, 16, 4); AT (struct msghdr, msg_flags, 24, 4);
_Static_assert (offsetof (struct cmsghdr, cmsg_type) == 8 && CMSG_LEN (0) == 12, "cmsghdr");
SIZE (struct ucred, 12); SIZE (struct ifreq, 32); SIZE (struct ifconf, 8);

SIZE (stack_t, 12); AT (stack_t, ss_flags, 4, 4); AT (stack_t, ss_size, 8, 4);
SIZE (siginfo_t, 128); AT (siginfo_t, si_code, 8, 4); AT (siginfo_t, si_pid, 12, 4); AT (siginfo_t, si_uid, 16, 4);
AT (siginfo_t, si_status, 20, 4); AT (siginfo_t, si_utime, 24, 4); AT (siginfo_t, si_stime, 28, 4);
AT (siginfo_t, si_value, 20, 4); AT (siginfo_t, si_addr, 12, 4); AT (siginfo_t, si_addr_lsb, 16, 2);
AT (siginfo_t, si_lower, 20, 4); AT (siginfo_t, si_band, 12, 4); AT (siginfo_t, si_fd, 16, 4);
AT (siginfo_t, si_call_addr, 12, 4); AT (siginfo_t, si_syscall, 16, 4); AT (siginfo_t, si_arch, 20, 4);
AT (siginfo_t, si_timerid, 12, 4); AT (siginfo_t, si_overrun, 16, 4);
SIZE (struct sigevent, 64); AT (struct sigevent, sigev_signo, 4, 4); AT (struct sigevent, sigev_notify, 8, 4);
AT (struct sigevent, sigev_notify_function, 12, 4); AT (struct sigevent, sigev_notify_attributes, 16, 4);
SIZE (ucontext_t, 216); AT (ucontext_t, uc_stack, 8, 12); AT (ucontext_t, uc_mcontext, 24, 64);
AT (ucontext_t, uc_sigmask, 88, 128);
SIZE (jmp_buf, 200);
_Static_assert (offsetof (struct __jmp_buf_tag, __mask_was_saved) == 64
		&& offsetof (struct __jmp_buf_tag, __saved_mask) == 68, "jmp_buf");
