"""OGC API Features: the twin as collections of features."""

from quanyu.twin.ogc.http import routes

__all__ = ["routes"]
