"""Packs that others made run in processes of their own, so that one that hangs or ends takes nobody with it (record 0073)."""

from quanyu.app.apart.asking import Apart

__all__ = ["Apart"]
