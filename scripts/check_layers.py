#!/usr/bin/env python3
"""Fails when a file in src/ includes a room that src/layers.toml does not allow."""
import pathlib, re, sys, tomllib
root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
rooms = tomllib.loads((root / "src/layers.toml").read_text())
guarded = {prefix for room in rooms.values() for prefix in room.get("system", [])}
bad = []
for path in sorted((root / "src").rglob("*")):
    if path.suffix not in {".h", ".cc", ".S", ".def"}:
        continue
    room = path.relative_to(root / "src").parts[0]
    if room not in rooms:
        bad.append(f"{path}: room '{room}' is not in src/layers.toml")
        continue
    allowed = {room, *rooms[room].get("needs", [])}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if match := re.match(r'\s*#\s*include\s+"([a-z0-9_]+)/', line):
            if match[1] not in allowed:
                bad.append(f"{path}:{number}: {room} must not include {match[1]}")
        elif match := re.match(r"\s*#\s*include\s+<([a-z0-9_+]+)/", line):
            if match[1] in guarded and match[1] not in rooms[room].get("system", []):
                bad.append(f"{path}:{number}: {room} must not include <{match[1]}/...>")
seen = set()
def visit(room, path=()):
    if room in path:
        bad.append("cycle: " + " -> ".join([*path, room]))
    elif room not in seen:
        seen.add(room)
        for below in rooms[room].get("needs", []):
            visit(below, (*path, room))
for room in rooms:
    visit(room)
print("\n".join(bad))
sys.exit(bool(bad))
