from tests.unit.packs.conftest import city

__all__ = ["city"]
