/* Process start: called by crt1.o's _start.  The engine hands over the
   initial process image (argc, argv, envp, auxv as the kernel would put it
   on the stack of an ILP32 process) through the private call below.  */
#include <stdint.h>
#include <elf.h>
#include <link.h>
#include <sysdep.h>
#include <string.h>
#include <unistd.h>

extern int __libc_start_main (int (*) (int, char **, char **), int, char **,
			      int (*) (int, char **, char **),
			      void (*) (void), void (*) (void), void *);
void __lind_fini (void) { }

/* What libc-start.c looks at when there is no AT_PHDR: one header, of TLS.  */
struct
{
  ElfW(Ehdr) ehdr;
  ElfW(Phdr) phdr;
} __ehdr_start = {
  .ehdr = { .e_phentsize = sizeof (ElfW(Phdr)),
	    .e_phoff = sizeof (ElfW(Ehdr)), .e_phnum = 1 },
  .phdr = { .p_type = PT_TLS }
};
void _dl_relocate_static_pie (void);

void
__lind_start_c (int (*main) (int, char **, char **))
{
  /* Size query, then copy; the block lives on the shadow stack forever.  */
  long size = __lind_syscall (LIND_SYS_initial_stack, 0, 0, 0, 0, 0, 0);
  uintptr_t *sp = __builtin_alloca_with_align (size + 64, 128);
  __lind_syscall (LIND_SYS_initial_stack, (uintptr_t) sp, size, 0, 0, 0, 0);
  __ehdr_start.phdr.p_memsz = __builtin_wasm_tls_size ();
  __ehdr_start.phdr.p_align = __builtin_wasm_tls_align ();
  int argc = sp[0];
  char **argv = (char **) (sp + 1);
  uintptr_t *p = sp + 1 + argc + 1;
  while (*p++ != 0);
  for (ElfW(auxv_t) *av = (ElfW(auxv_t) *) p; av->a_type != AT_NULL; ++av)
    if (av->a_type == AT_PHDR || av->a_type == AT_PHNUM)
      av->a_type = AT_IGNORE;
  __libc_start_main (main, argc, argv, 0, 0, 0, sp);
}

/* What a variadic function reads that was called without further arguments; see stdarg.h.  */
const long long int __lind_no_arguments[8];
