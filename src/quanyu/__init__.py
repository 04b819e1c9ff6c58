"""Quanyu 全域: the shared foundation of a digital city (城市数字化共性基础平台)."""

__version__ = "0.1.0"
