"""证据附件: pictures and documents that a dispute shows, checked by what they hold and kept by their hash."""

from quanyu.exchange.exhibits.model import Exhibit
from quanyu.exchange.exhibits.service import Named, adopt, content, forget_unnamed, keep, keep_for_good, named

__all__ = ["Exhibit", "Named", "adopt", "content", "forget_unnamed", "keep", "keep_for_good", "named"]
