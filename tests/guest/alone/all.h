/// \file
/// Every header that entries.txt needs, and what its programs hand to the library.  A static
/// function that a program does not use is not in it.
#pragma once

#include <argp.h>
#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <err.h>
#include <errno.h>
#include <error.h>
#include <execinfo.h>
#include <fcntl.h>
#include <fenv.h>
#include <fnmatch.h>
#include <ftw.h>
#include <getopt.h>
#include <glob.h>
#include <grp.h>
#include <iconv.h>
#include <langinfo.h>
#include <libintl.h>
#include <link.h>
#include <locale.h>
#include <malloc.h>
#include <math.h>
#include <mcheck.h>
#include <monetary.h>
#include <netdb.h>
#include <nl_types.h>
#include <obstack.h>
#include <pthread.h>
#include <pwd.h>
#include <regex.h>
#include <search.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>
#include <wordexp.h>

#include <arpa/inet.h>

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

static char buffer[64];

static void leave(void) {}
static void leave_a_word(void) {
  fputs("leaving\n", stdout);
}
static void leave_with(int status, void* argument) {}
static void leave_with_key(void* value) {}
static void* exit_5(void* argument) {
  exit(5);
}
static void* wait_for_ever(void* argument) {
  pause();
  return NULL;
}
static int in_order(const void* a, const void* b) {
  return *(const char*)a - *(const char*)b;
}
static int stop_at_first(struct dl_phdr_info* info, size_t size, void* argument) {
  return 5;
}
