"""An end to what a process may take: for the children that read what strangers send. It imports nothing, so that they start at once."""

from __future__ import annotations


def set_limits(memory: int, seconds: int, written: int) -> None:
    """An end to the address space, to time on the processor and to what is written to disk (bytes, seconds, bytes), where
    the system can set one."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds + 1, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
