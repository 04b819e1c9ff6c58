"""Photos as evidence: checked by decoding, without metadata, kept by the hash of what is kept."""

from quanyu.act.photos.album import Album

__all__ = ["Album"]
