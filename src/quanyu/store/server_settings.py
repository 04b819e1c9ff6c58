"""What the embedded server is started with. Its journal fits the disk: a small volume is not filled by it alone."""

_MIB = 1024 * 1024
_LARGEST_JOURNAL, _SMALLEST_JOURNAL = 4096, 48
_SHARE = 8
"""The journal may take one part in so many of the space that is free at start."""

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_connections": "60",
    "jit": "off",
    "checkpoint_timeout": "15min",
    "wal_compression": "pglz",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


def server_settings(free: int) -> dict[str, str]:
    """`free`: bytes that the disk of the data folder has left."""
    journal = max(_SMALLEST_JOURNAL, min(_LARGEST_JOURNAL, free // _MIB // _SHARE))
    return _SETTINGS | {"max_wal_size": f"{journal}MB", "min_wal_size": f"{max(32, min(80, journal // 2))}MB"}
