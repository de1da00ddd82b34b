"""Replaces itself by a command, with default signals: `python launch.py [--terminal] COMMAND...`.

With `--terminal`, standard input becomes the controlling terminal, as a shell's job has it. Imports the standard
library only, and runs as a script.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import termios

for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)
command = sys.argv[1:]
if command[0] == "--terminal":
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    command = command[1:]
os.execvp(command[0], command)  # noqa: S606 - that is its purpose
