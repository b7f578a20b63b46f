#!/usr/bin/env python3
"""gconv.py ICONVDATA: writes the sources of the character set conversions that are linked into programs.

glibc keeps each conversion in a shared object with the same three entry points.  Here each has a wrapper,
ICONVDATA/lind-NAME.c, which makes these static and points to them; lind-gconv.c lists all, with the lines of
gconv-modules that concern them.  Prints the names of the objects to make.
"""
import pathlib
import sys

MODULES = [*(f"ISO8859-{n}" for n in (*range(1, 12), 13, 14, 15, 16)), *(f"CP125{n}" for n in range(9)),
           "UTF-16", "UTF-32", "UTF-7", "UNICODE", "KOI8-R", "KOI8-U", "MACINTOSH", "TIS-620",
           "IBM437", "IBM850", "IBM852", "IBM858", "IBM866", "BIG5", "EUC-CN", "GBK", "GB18030",
           "EUC-JP", "SJIS", "CP932", "EUC-KR", "UHC", "ISO-2022-KR"]
# What glibc has in shared objects of their own, because several conversions use them.
TABLES = ["jis0201", "jis0208", "jis0212", "ksc5601", "gb2312"]

WRAPPER = """\
#define gconv lind_gconv_{name}
#define gconv_init lind_gconv_init_{name}
#define gconv_end lind_gconv_end_{name}
#include "{source}"
#include <lind-gconv.h>
extern void gconv_end (struct __gconv_step *) __attribute__ ((weak));
const struct lind_gconv_module __lind_gconv_{name} = {{ "{module}", gconv, gconv_init, gconv_end }};
"""


def configuration(folder):
    """The lines that matter, `alias' and `module' shortened to their first letter."""
    lines = [line.split() for name in ("gconv-modules", "gconv-modules-extra.conf")
             for line in (folder / name).read_text().splitlines()]
    modules = [line for line in lines if line[:1] == ["module"] and line[3] in MODULES]
    missing = set(MODULES) - {line[3] for line in modules}
    if missing:
        sys.exit(f"gconv.py: gconv-modules lacks {missing}")
    known = {name for line in modules for name in line[1:3]}
    aliases = [line for line in lines if line[:1] == ["alias"] and line[2] in known]
    return [" ".join([line[0][0], *line[1:]]) for line in modules + aliases]


def main():
    folder = pathlib.Path(sys.argv[1])
    names = []
    for module in MODULES:
        source = module.lower() + ".c"
        name = module.lower().replace("-", "_")
        (folder / f"lind-{source}").write_text(WRAPPER.format(name=name, source=source, module=module))
        names.append(name)
    (folder / "lind-gconv.c").write_text("\n".join([
        "#include <lind-gconv.h>",
        *(f"extern const struct lind_gconv_module __lind_gconv_{name};" for name in names),
        "const struct lind_gconv_module *const __lind_gconv_modules[] = {",
        *(f"  &__lind_gconv_{name}," for name in names),
        "  0 };",
        "const char __lind_gconv_config[] =",
        *(f"  \"{line}\\0\"" for line in configuration(folder)),
        "  ;", ""]))
    print(*(f"lind-{module.lower()}.o" for module in MODULES), *(f"{table}.o" for table in TABLES), "lind-gconv.o")


if __name__ == "__main__":
    main()
