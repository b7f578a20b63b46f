/// \file
/// The API of Lind-Wasm for grates in C, for programs written for it.  Addresses are guests' own;
/// no call accepts or returns one of the host.  Link with -llind-grate.
#ifndef _LIND_SYSCALL_H
#define _LIND_SYSCALL_H 1

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// In an argument's owner: the argument is an address of the calling grate's own memory.
#define GRATE_MEMORY_FLAG ((uint64_t)1 << 63)

#define REGISTER_HANDLER_SYSCALL 1001
#define COPY_DATA_BETWEEN_CAGES_SYSCALL 1002
#define COPY_HANDLER_TABLE_TO_CAGE_SYSCALL 1003
#define THREEI_DEREGISTER 500
#define ELINDAPIABORTED 0xE0010001u
#define ELINDESRCH 0xE0010002u
#define NOTUSED 0xDEADBEEFDEADBEEFull
#define UNUSED_ARG 0xDEADBEEFDEADBEEFull
#define UNUSED_ID 0xCAFEBABECAFEBABEull
#define UNUSED_NAME 0xFEEDFACEFEEDFACEull

/// Makes a call for `target_cageid` through the table of `self_cageid`.  `translate_errno` 1: -1
/// and errno; 0: -errno.  `callname` is not used.
int make_threei_call(unsigned int callnumber, uint64_t callname, uint64_t self_cageid,
                     uint64_t target_cageid, uint64_t arg1, uint64_t arg1cageid, uint64_t arg2,
                     uint64_t arg2cageid, uint64_t arg3, uint64_t arg3cageid, uint64_t arg4,
                     uint64_t arg4cageid, uint64_t arg5, uint64_t arg5cageid, uint64_t arg6,
                     uint64_t arg6cageid, int translate_errno);

/// Function `in_grate_fn_ptr_u64` of `this_grate_id` answers `targetcallnum` of `targetcage`;
/// THREEI_DEREGISTER as the grate takes that back.
int register_handler(uint64_t targetcage, uint64_t targetcallnum, uint64_t this_grate_id,
                     uint64_t in_grate_fn_ptr_u64);

/// copytype 0: `len` bytes; 1: a string of at most `len` bytes with its NUL.  Returns `destaddr`,
/// or ELINDAPIABORTED.
int copy_data_between_cages(uint64_t thiscage, uint64_t targetcage, uint64_t srcaddr,
                            uint64_t srccage, uint64_t destaddr, uint64_t destcage, uint64_t len,
                            uint64_t copytype);

int copy_handler_table_to_cage(uint64_t srccage, uint64_t targetcage);

#ifdef __cplusplus
}
#endif
#endif
