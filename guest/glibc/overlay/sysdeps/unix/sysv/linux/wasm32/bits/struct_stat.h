#if !defined _SYS_STAT_H && !defined _FCNTL_H
# error "Never include <bits/struct_stat.h> directly; use <sys/stat.h> instead."
#endif
#ifndef _BITS_STRUCT_STAT_H
#define _BITS_STRUCT_STAT_H 1
/* Layout of the LP64 x86-64 kernel.  */
#ifdef __USE_XOPEN2K8
# define __LIND_STAT_TIMES \
    struct timespec st_atim; struct timespec st_mtim; struct timespec st_ctim;
#else
# define __LIND_STAT_TIMES \
    __time_t st_atime; unsigned long int st_atimensec; int __pad3; \
    __time_t st_mtime; unsigned long int st_mtimensec; int __pad4; \
    __time_t st_ctime; unsigned long int st_ctimensec; int __pad5;
#endif
#define __LIND_STAT_MEMBERS \
    __dev_t st_dev; __ino_t st_ino; __nlink_t st_nlink; int __pad1; __mode_t st_mode; \
    __uid_t st_uid; __gid_t st_gid; int __pad0; __dev_t st_rdev; \
    __off_t st_size; __blksize_t st_blksize; int __pad2; __blkcnt_t st_blocks; \
    __LIND_STAT_TIMES \
    __syscall_slong_t __glibc_reserved[3];
struct stat { __LIND_STAT_MEMBERS };
#ifdef __USE_XOPEN2K8
# define st_atime st_atim.tv_sec
# define st_mtime st_mtim.tv_sec
# define st_ctime st_ctim.tv_sec
#endif
#ifdef __USE_LARGEFILE64
struct stat64 { __LIND_STAT_MEMBERS };
#endif
#define _STATBUF_ST_BLKSIZE
#define _STATBUF_ST_RDEV
#define _STATBUF_ST_NSEC
#endif
