"""The files that departments of the demonstration city deliver, with the faults that such files really have."""

from quanyu.app.demo.files.delivered import DELIVERIES, Delivered, deliver

__all__ = ["DELIVERIES", "Delivered", "deliver"]
