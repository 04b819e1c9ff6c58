"""What may be wrong with an @context."""

from quanyu.core.errors import QuanyuError


class LdContextNotAvailable(QuanyuError):
    """A remote @context cannot be had, or is none (5.2.2, 6.3.2)."""
