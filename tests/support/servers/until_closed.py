"""Runs a program until standard input ends: so it ends with whoever started it, however that ends.

usage: until_closed.py PROGRAM [ARGUMENT...]
"""

import subprocess
import sys

program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
try:
    sys.stdin.buffer.read()
finally:
    program.kill()
    program.wait()
