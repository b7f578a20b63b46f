#!/usr/bin/env python3
"""restore.py --lind LIND --root ROOT: lind gives the host's terminal back as it found it."""
import argparse
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time


def start(command):
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            os.execv(command[0], command)
        finally:
            os._exit(126)
    return pid, terminal


def open_slave(terminal):
    """Keeps the terminal open: one that nobody has open forgets its settings."""
    get_number = 0x80045430  # TIOCGPTN
    (number,) = struct.unpack("i", fcntl.ioctl(terminal, get_number, bytes(4)))
    return os.open(f"/dev/pts/{number}", os.O_RDWR | os.O_NOCTTY)


def read_until(terminal, wanted):
    shown = b""
    while wanted not in shown:
        ready, _, _ = select.select([terminal], [], [], 300)
        data = os.read(terminal, 4096) if ready else b""
        if not data:
            sys.exit(f"{wanted!r} did not come behind {shown!r}")
        shown += data
    return shown


def wait_for_settings(terminal, wanted, what):
    deadline = time.monotonic() + 60
    while termios.tcgetattr(terminal) != wanted:
        if time.monotonic() > deadline:
            sys.exit(f"{what}: the settings are {termios.tcgetattr(terminal)}, not {wanted}")
        time.sleep(0.05)


def is_raw(terminal):
    return not termios.tcgetattr(terminal)[3] & termios.ICANON


def check(condition, what):
    if not condition:
        sys.exit(what)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lind", required=True)
    parser.add_argument("--root", required=True)
    options = parser.parse_args()

    def shell(script):
        return start([options.lind, "run", "--root", options.root, "/bin/dash", "-c", script])

    pid, terminal = shell("echo ready; while :; do sleep 1; done")
    slave = open_slave(terminal)
    found = termios.tcgetattr(slave)
    read_until(terminal, b"ready")
    check(not is_raw(slave), "a program that only writes has put the terminal into raw mode")
    os.write(terminal, b"\x03")  # reaches the cages although nobody reads
    check(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130, "^C did not end the shell")
    wait_for_settings(slave, found, "after ^C")
    os.close(slave)
    os.close(terminal)

    for ends_by_signal in (False, True):
        pid, terminal = shell("echo ready; read line; echo got $line; read line")
        slave = open_slave(terminal)
        found = termios.tcgetattr(slave)
        read_until(terminal, b"ready")
        os.write(terminal, b"word\n")
        read_until(terminal, b"got word")
        check(is_raw(slave), "a program that reads has left the terminal cooked")
        if ends_by_signal:
            os.kill(pid, signal.SIGKILL)
        else:
            os.write(terminal, b"\x04")
        os.waitpid(pid, 0)
        wait_for_settings(slave, found, "after SIGKILL" if ends_by_signal else "after the end")
        os.close(slave)
        os.close(terminal)
    print("the terminal was given back")


if __name__ == "__main__":
    main()
