"""What the node process does not need any more goes back to the machine, and not only to its own allocator."""

import asyncio
import ctypes

_PAUSE_SECONDS = 10

# Of mallopt(3). Each thread would otherwise have an arena of its own, and a freed block raise the threshold for good.
_ARENA_MAX, _MMAP_THRESHOLD = -8, -3
_ARENAS, _LARGE = 2, 256 * 1024


def be_sparing() -> None:
    """Before threads are started. Does nothing where the C library is not glibc."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_ARENA_MAX, _ARENAS)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)


async def give_back() -> None:
    """Until cancelled: freed memory is returned every few seconds, a matter of milliseconds in a thread."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim is not None:
        await asyncio.to_thread(trim, 0)
        await asyncio.sleep(_PAUSE_SECONDS)
    await asyncio.Event().wait()
