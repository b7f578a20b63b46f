/* Where glibc opens the shared object of a conversion, the table of those
   linked in is searched.  */
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include <lind-gconv.h>
extern const struct lind_gconv_module *const __lind_gconv_modules[]
  __attribute__ ((weak));

static void *
find_module (const char *path)
{
  const char *name = strrchr (path, '/');
  name = name == NULL ? path : name + 1;
  size_t length = strlen (name);
  if (length > 3 && strcmp (name + length - 3, ".so") == 0)
    length -= 3;
  if (__lind_gconv_modules == NULL)
    return NULL;
  for (size_t i = 0; __lind_gconv_modules[i] != NULL; ++i)
    if (strncmp (__lind_gconv_modules[i]->name, name, length) == 0
	&& __lind_gconv_modules[i]->name[length] == '\0')
      return (void *) __lind_gconv_modules[i];
  return NULL;
}

static void *
find_function (const struct lind_gconv_module *module, const char *name)
{
  if (strcmp (name, "gconv") == 0)
    return module->fct;
  return strcmp (name, "gconv_init") == 0 ? (void *) module->init
					  : (void *) module->end;
}

#undef __libc_dlopen
#undef __libc_dlsym
#undef __libc_dlclose
#define __libc_dlopen(name) find_module (name)
#define __libc_dlsym(handle, name) find_function (handle, name)
#define __libc_dlclose(handle) ((void) (handle))
#include <iconv/gconv_dl.c>
