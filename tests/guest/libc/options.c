// args: -v --level=3 file -o out --unique -x -- rest
// getopt, getopt_long and argp take the same command line apart.
#include <argp.h>
#include <getopt.h>

#include "check.h"

static struct argp_option options[] = {{"verbose", 'v', 0, 0, "Say more", 0},
                                       {"level", 'l', "N", 0, "How much", 0},
                                       {"output", 'o', "FILE", 0, "Where to", 0},
                                       {"unique", 'u', 0, 0, "Only once", 0},
                                       {0, 'x', 0, OPTION_HIDDEN, 0, 0},
                                       {0}};
static error_t parse(int key, char* value, struct argp_state* state) {
  switch (key) {
    case 'v': case 'l': case 'o': case 'u': case 'x':
      printf("argp -%c %s\n", key, value ? value : "");
      return 0;
    case ARGP_KEY_ARG:
      printf("argp argument %u %s\n", state->arg_num, value);
      return 0;
    case ARGP_KEY_END:
      printf("argp end after %u\n", state->arg_num);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
  }
}
static struct argp program = {options, parse, "FILE...", "Tests options.\vThe end.", 0, 0, 0};

int main(int argc, char** argv) {
  CHECK(argp_parse(&program, argc, argv, 0, NULL, NULL) == 0);
  argp_help(&program, stdout, ARGP_HELP_STD_HELP & ~(ARGP_HELP_EXIT_OK | ARGP_HELP_EXIT_ERR), "name");
  const struct option longs[] = {{"verbose", no_argument, NULL, 'v'},
                                 {"level", required_argument, NULL, 'l'},
                                 {"unique", no_argument, NULL, 'u'},
                                 {NULL, 0, NULL, 0}};
  int option, index;
  opterr = 0;
  while ((option = getopt_long(argc, argv, "vo:", longs, &index)) != -1)
    printf("%c %s %d\n", option, optarg ? optarg : "", option == '?' ? optopt : 0);
  while (optind < argc)
    printf("rest %s\n", argv[optind++]);
  optind = 0;
  while ((option = getopt(argc, argv, "+vl:")) != -1)
    printf("%c\n", option);
  printf("stopped at %d\n", optind);
  return 0;
}
