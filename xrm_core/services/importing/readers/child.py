"""The child process of `limited`: reads its orders from standard input and writes frames to standard output."""

import sys

from .limited import serve

if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
