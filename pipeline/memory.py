"""How a process gets memory from the system: what it frees it keeps, for the next picture."""

import ctypes
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)
MOST_KEPT = 256 << 20  # bytes that a process keeps of what it freed
LARGEST = 32 << 20  # bytes up to which it keeps a single piece; glibc allows no more


@cache
def keep_freed_memory() -> bool:
    """Let this process keep up to MOST_KEPT of what it frees; return whether its C library can be told so.

    glibc gives pieces of more than 128 kB back at once. Where every picture needs some of them, a fifth of the time
    goes into getting them again, page by page.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):  # another C library, another system
        return False
    return bool(mallopt(_MMAP_THRESHOLD, LARGEST)) and bool(mallopt(_TRIM_THRESHOLD, MOST_KEPT))
