// Regular expressions, glob, fnmatch, wordexp, and walks through trees.
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <fts.h>
#include <glob.h>
#include <regex.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wordexp.h>

#include "check.h"

static void expressions(void) {
  regex_t regex;
  regmatch_t match[4];
  CHECK(regcomp(&regex, "^([a-z]+)=([0-9]{2,3})(;|$)", REG_EXTENDED) == 0);
  CHECK(regexec(&regex, "width=120;", 4, match, 0) == 0);
  for (int i = 0; i < 4; i++)
    printf("%d-%d ", (int)match[i].rm_so, (int)match[i].rm_eo);
  printf("\n%d\n", regexec(&regex, "width=1", 4, match, 0));
  regfree(&regex);
  char message[80];
  const int error = regcomp(&regex, "a[", REG_EXTENDED);
  regerror(error, &regex, message, sizeof message);
  printf("%d %s\n", error, message);
  CHECK(regcomp(&regex, "\\(a*\\)b\\1", REG_ICASE) == 0);
  CHECK(regexec(&regex, "xAABaa", 2, match, 0) == 0);
  printf("%d-%d\n", (int)match[0].rm_so, (int)match[0].rm_eo);
  regfree(&regex);
  struct re_pattern_buffer pattern = {0};
  re_set_syntax(RE_SYNTAX_EMACS);
  CHECK(re_compile_pattern("b+c", 3, &pattern) == NULL);
  printf("%d\n", (int)re_search(&pattern, "aabbbc", 6, 0, 6, NULL));
  regfree(&pattern);
}

static void make_tree(void) {
  CHECK(mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0 && mkdir("d/f", 0755) == 0);
  for (const char** name = (const char*[]){"d/a.c", "d/b.c", "d/e/x.h", "d/.dot", NULL}; *name; name++) {
    const int fd = open(*name, O_CREAT | O_WRONLY, 0644);
    CHECK(fd >= 0 && write(fd, *name, strlen(*name)) > 0 && close(fd) == 0);
  }
  CHECK(symlink("a.c", "d/link") == 0 && symlink("nowhere", "d/broken") == 0);
}

static void globbing(void) {
  glob_t found;
  CHECK(glob("d/*.c", 0, NULL, &found) == 0);
  CHECK(glob("d/{e,f,g}", GLOB_BRACE | GLOB_APPEND | GLOB_MARK, NULL, &found) == 0);
  for (size_t i = 0; i < found.gl_pathc; i++)
    printf("%s\n", found.gl_pathv[i]);
  globfree(&found);
  printf("%d\n", glob("d/*.none", 0, NULL, &found));
  printf("%d %d %d %d\n", fnmatch("*.c", "a.c", 0), fnmatch("*", ".x", FNM_PERIOD),
         fnmatch("[[:upper:]]?", "Ab", 0), fnmatch("+(ab|c)", "ababc", FNM_EXTMATCH));
}

static int visits;
static int sum_levels;
static int visit(const char* path, const struct stat* status, int flag, struct FTW* place) {
  (void)path, (void)status;
  visits += 1 << (flag * 4 % 28);
  sum_levels += place->level;
  return 0;
}
static int visit_plain(const char* path, const struct stat* status, int flag) {
  (void)status, (void)flag;
  return strstr(path, "x.h") != NULL ? 42 : 0;
}

static int by_name(const FTSENT** a, const FTSENT** b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

static void walks(void) {
  CHECK(nftw("d", visit, 8, FTW_PHYS | FTW_DEPTH) == 0);
  printf("%x %d\n", visits, sum_levels);
  printf("%d\n", ftw("d", visit_plain, 8));
  char* paths[] = {"d", NULL};
  FTS* tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
  CHECK(tree != NULL);
  FTSENT* entry;
  while ((entry = fts_read(tree)) != NULL)
    printf("%d %d %s\n", entry->fts_info, entry->fts_level, entry->fts_path);
  CHECK(fts_close(tree) == 0);
}

static void words(void) {
  setenv("COLOUR", "dark red", 1);
  wordexp_t words;
  CHECK(wordexp("a 'b c' \"$COLOUR\" $COLOUR ${NONE:-x} $((6*7)) d/*.c ~", &words, WRDE_NOCMD) == 0);
  for (size_t i = 0; i + 1 < words.we_wordc; i++)
    printf("[%s]\n", words.we_wordv[i]);
  wordfree(&words);
  printf("%d\n", wordexp("$(echo x)", &words, WRDE_NOCMD));
  printf("%d\n", wordexp("a | b", &words, 0));
}

int main(void) {
  expressions();
  make_tree();
  globbing();
  walks();
  words();
  return 0;
}
