/* In bsd-setjmp.c.  */
