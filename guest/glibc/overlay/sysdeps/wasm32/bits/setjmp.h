#ifndef _BITS_SETJMP_H
#define _BITS_SETJMP_H 1
#if !defined _SETJMP_H && !defined _PTHREAD_H
# error "Never include <bits/setjmp.h> directly; use <setjmp.h> instead."
#endif
/* Filled in by the runtime: [0] token, [1] __stack_pointer, rest 0.  */
typedef unsigned long long int __jmp_buf[8];
/* A function that returns twice cannot be wrapped, so every caller imports it
   itself.  The mask is libc's business: __lind_sigsave stores it, and whether
   it was asked to, before the import is called with its result.  */
struct __jmp_buf_tag;
#ifdef __cplusplus
extern "C" {
#endif
extern struct __jmp_buf_tag *__lind_sigsave (struct __jmp_buf_tag *, int)
     __attribute__ ((__nothrow__));
extern int __lind_setjmp (struct __jmp_buf_tag *)
     __attribute__ ((__import_module__ ("lind"), __import_name__ ("setjmp"),
		     __returns_twice__, __nothrow__));
#ifdef __cplusplus
}
#endif
#endif
