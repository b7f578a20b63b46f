/* Force-included after include/libc-symbols.h: the macros there which emit
   ELF section directives through inline assembly are not expressible in the
   wasm object format.  */
#if !defined __ASSEMBLER__ && !defined _ISOMAC && defined _LIBC
# include "lind-stdarg.h"
# undef __make_section_unallocated
# define __make_section_unallocated(section_string)
# undef link_warning
# define link_warning(symbol, msg)
# undef stub_warning
/* A marker that stubs.py finds in the archive.  */
# define stub_warning(name) \
  __asm__ (".section .custom_section.lind_stub,\"\",@\n"		\
	   "\t.ascii \"lind-stub:" #name ";\"\n"			\
	   "\t.text");
# undef static_link_warning
# define static_link_warning(name)
# undef libc_freeres_ptr
# define libc_freeres_ptr(decl) \
  decl __attribute__ ((section ("__libc_freeres_ptrs")))
/* __libc_freeres, for memory checkers, frees what is in the lists alone: each
   function that it called would be in every program.  */
# undef __libc_freeres_fn_section
# define __libc_freeres_fn_section
# undef libc_freeres_fn
# define libc_freeres_fn(name) \
  static void __attribute__ ((__unused__)) name (void)
/* The library's own assertions need no printf (lind-assert.c).  */
# define __assert_fail __libc_assert_fail
# undef attribute_tls_model_ie
# define attribute_tls_model_ie
/* No return addresses in wasm.  */
# undef RETURN_ADDRESS
# define RETURN_ADDRESS(nr) ((void *) 0)
# undef attribute_relro
# define attribute_relro
#endif
