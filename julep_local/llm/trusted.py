"""What connections to servers trust: read once for all of a process, since it takes 20 ms. It knows no server."""

import functools
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx
else:
    try:
        import httpx2 as httpx  # the maintained continuation of httpx, with the same interface
    except ImportError:  # it needs Python 3.11
        import httpx


@functools.cache
def certificates() -> ssl.SSLContext:
    """Return the certificates that connections are checked with; the environment names no others."""
    return httpx.create_ssl_context(trust_env=False)
