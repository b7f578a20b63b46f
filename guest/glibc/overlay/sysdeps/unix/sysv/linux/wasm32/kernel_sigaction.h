#ifndef _KERNEL_SIGACTION_H
#define _KERNEL_SIGACTION_H
/* rt_sigaction's structure: { u32 handler, flags, restorer, pad; u64 mask },
   24 bytes.  The mask is declared as the larger sigset_t because generic code
   copies it whole; the host reads and writes its first 8 bytes.  */
struct kernel_sigaction
{
  __sighandler_t k_sa_handler;
  unsigned int sa_flags;
  void (*sa_restorer) (void);
  unsigned int __pad;
  sigset_t sa_mask;
};
_Static_assert (__builtin_offsetof (struct kernel_sigaction, sa_mask) == 16,
		"rt_sigaction layout");
#define SET_SA_RESTORER(kact, act) \
  ((kact)->sa_restorer = NULL, (kact)->__pad = 0)
#define RESET_SA_RESTORER(act, kact) ((act)->sa_restorer = NULL)
#endif
