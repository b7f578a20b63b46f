#!/usr/bin/env python3
"""compare_shells.py --lind LIND --root ROOT: drives an interactive bash on Linux and in a cage.

Both run on a terminal of their own, are typed the same keys at the same points of their output, and
must show the same bytes (process numbers apart).
"""
import argparse
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

# Prints a word that is not in the command line that is echoed.
STARTED = "sh -c 'echo star\"\"ted; exec sleep 1000'"
PROMPT = "@> "
CTRL_C, CTRL_D, CTRL_Z, CTRL_BACKSLASH, CTRL_U = "\x03", "\x04", "\x1a", "\x1c", "\x15"

# Every program once, so that none is compiled, with progress on the terminal, while keys are typed.
EVERY_PROGRAM = "cat </dev/null; sleep 0; stty; sh -c 'exec sleep 0'"

# What to wait for, and what to type then.
SCRIPT = [
    (PROMPT, "echo hello\r"),
    (PROMPT, "echo tpyo\x7f\x7f\x7fypo\r"),
    (PROMPT, "test -t 0; echo $?\r"),
    (PROMPT, STARTED + "\r"),
    ("started", CTRL_C),
    (PROMPT, "echo $?\r"),
    (PROMPT, STARTED + "\r"),
    ("started", CTRL_Z),
    (PROMPT, "jobs\r"),
    (PROMPT, "bg\r"),
    (PROMPT, "jobs\r"),
    (PROMPT, "fg\r"),
    ("sleep 1000'", CTRL_Z),
    (PROMPT, "jobs -r; jobs -s\r"),
    (PROMPT, "fg %1\r"),
    ("sleep 1000'", CTRL_C),
    (PROMPT, "echo $?\r"),
    (PROMPT, "cat & sleep 1\r"),
    (PROMPT, "fg\r"),
    ("cat", "one line\r"),
    ("one line\r\none line", CTRL_D),
    (PROMPT, "(" + STARTED + ") | cat\r"),
    ("started", CTRL_C),
    (PROMPT, "stty -echo; read word; stty echo; echo got $word\r"),
    ("word\r\n", "secret\r"),
    (PROMPT, "sh -c 'trap \"echo trapped\" INT; echo star\"\"ted; sleep 1000; echo $?'\r"),
    ("started", CTRL_C),
    (PROMPT, "garbage" + CTRL_U + "echo clean\r"),
    (PROMPT, "sleep 1000 & kill %1; wait %1; echo $?\r"),
    (PROMPT, "exit 7\r"),
]


def normal(shown):
    return re.sub(rb"\d{2,}", b"N", re.sub(rb"\[\d+\] \d+", b"[n] N", shown))


def drive(command, environment, show):
    """What the terminal showed, and the exit status."""
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            os.execvpe(command[0], command, environment)
        finally:
            os._exit(126)
    shown, searched = b"", 0
    for number, (awaited, keys) in enumerate(SCRIPT):
        deadline = time.monotonic() + 400
        while awaited.encode() not in shown[searched:]:
            ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
            try:
                data = os.read(terminal, 65536) if ready else b""
            except OSError:
                data = b""
            if not data:
                os.kill(pid, signal.SIGKILL)
                sys.exit(f"step {number}: {command[0]} did not show {awaited!r} behind {shown[searched:]!r}\n"
                         f"all: {shown.decode(errors='replace')}")
            shown += data
            if show:
                print(data, file=sys.stderr)
        searched += shown[searched:].index(awaited.encode()) + len(awaited)
        time.sleep(0.2)  # whoever types is slower than a program that has just begun
        os.write(terminal, keys.encode())
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        shown += data
    _, status = os.waitpid(pid, 0)
    return normal(shown), os.waitstatus_to_exitcode(status)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lind", required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    environment = {"PATH": "/bin:/usr/bin", "TERM": "dumb", "PS1": PROMPT, "HOME": "/", "LC_ALL": "C",
                   "HISTFILE": "/dev/null"}
    shell = ["/bin/bash", "--norc", "--noprofile", "-i"]
    native = drive(shell, environment, options.show)
    cache = {name: os.environ[name] for name in ("XDG_CACHE_HOME", "LIND_CACHE") if name in os.environ}
    assignments = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
    run = [options.lind, "run", "--root", options.root, *assignments]
    host = {**cache, "HOME": os.environ.get("HOME", "/"), "PATH": os.environ["PATH"]}
    subprocess.run([*run, "/bin/bash", "-c", EVERY_PROGRAM], env=host, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600, check=False)
    cage = drive([*run, *shell], host, options.show)
    if native == cage:
        print(f"the same: {len(native[0])} bytes, status {native[1]}")
        return 0
    print(f"native status {native[1]}, cage status {cage[1]}")
    for name, (shown, _) in (("native", native), ("cage", cage)):
        print(f"--- {name}\n{shown.decode(errors='replace')}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
