"""The files that departments of the demonstration city deliver, with the faults that such files really have."""

from quanyu.app.demo.files.delivered import DELIVERIES, KEYWORD, MARK, Delivered, Delivery, deliver

__all__ = ["DELIVERIES", "KEYWORD", "MARK", "Delivered", "Delivery", "deliver"]
