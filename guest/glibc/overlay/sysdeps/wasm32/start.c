/* crt1.o: the two entries of every program.  clang names the C main by its
   arity: main (int, char **) is __main_argc_argv, main (void) is
   __main_void, anything else keeps its name.  The last two reach us through
   the archive members lind-main2.o and lind-main3.o.  */
extern void __lind_start_c (int (*) (int, char **, char **));
extern int __main_argc_argv (int, char **);
static int
call_main (int argc, char **argv, char **envp)
{
  return __main_argc_argv (argc, argv);
}
void __attribute__ ((export_name ("_start")))
_start (void)
{
  __lind_start_c (call_main);
}

/* The runtime calls this to deliver a signal; it saves and restores the
   interrupted state itself.  */
void __attribute__ ((export_name ("lind_signal_entry")))
lind_signal_entry (void (*handler) (int, void *, void *), int signo,
		   void *siginfo, void *ucontext)
{
  handler (signo, siginfo, ucontext);
}
