#!/usr/bin/env python3
"""Makes a module of a wanted size out of a real one, by copies of its functions.

    grow_module.py MODULE NUM_BYTES OUT

The copies come behind the functions there are, so that no index changes; nobody calls them.  A
compiler has to translate them all the same.
"""

import pathlib
import sys

FUNCTIONS, CODE = 3, 10


def read_number(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def sections(module):
    """(id, content) of each; custom ones tell of functions, and are left out."""
    at = 8
    while at < len(module):
        kind = module[at]
        size, at = read_number(module, at + 1)
        if kind != 0:
            yield kind, module[at:at + size]
        at += size


def vector_items(content, read_item):
    count, at = read_number(content, 0)
    items = []
    for _ in range(count):
        start = at
        at = read_item(content, at)
        items.append(content[start:at])
    return items


def code_end(content, at):
    size, at = read_number(content, at)
    return at + size


def grow(module, num_bytes):
    parts = dict(sections(module))
    types = vector_items(parts[FUNCTIONS], lambda content, at: read_number(content, at)[1])
    bodies = vector_items(parts[CODE], code_end)
    missing = num_bytes - sum(map(len, parts.values()))
    copy = 0
    count = len(bodies)
    while missing > 0:
        types.append(types[copy % count])
        bodies.append(bodies[copy % count])
        missing -= len(types[-1]) + len(bodies[-1])
        copy += 1
    parts[FUNCTIONS] = number(len(types)) + b"".join(types)
    parts[CODE] = number(len(bodies)) + b"".join(bodies)
    return module[:8] + b"".join(bytes([kind]) + number(len(content)) + content
                                 for kind, content in parts.items())


if __name__ == "__main__":
    source, size, out = sys.argv[1:]
    pathlib.Path(out).write_bytes(grow(pathlib.Path(source).read_bytes(), int(size)))
