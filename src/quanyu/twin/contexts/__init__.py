"""@contexts that are kept: hosted, cached, made for inline ones (ETSI GS CIM 009, 5.13)."""

from quanyu.twin.contexts.model import Kept, Kind
from quanyu.twin.contexts.remote import Remote, preloaded
from quanyu.twin.contexts.service import ContextLibrary

__all__ = ["ContextLibrary", "Kept", "Kind", "Remote", "preloaded"]
