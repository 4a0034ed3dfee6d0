"""The child process of `limited`: reads its order from standard input and writes frames to standard output."""

import sys

from .limited import serve

if __name__ == "__main__":
    serve(sys.stdin.buffer.read(), sys.stdout.buffer)
