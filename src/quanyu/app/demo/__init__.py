"""`quanyu start --demo`: a small invented city, made from a seed, that arrives and moves through the public doors.

city      the city itself: land, roads, places          pure: the seed alone
motion    where things are and what is measured         pure: the seed and the time
files     what departments deliver, faults and all      pure: the seed and the day
start     before the node listens: may this folder be a demonstration?
live      afterwards: files arrive, vehicles drive, sensors report
"""

from quanyu.app.demo.live import move
from quanyu.app.demo.start import at_start, is_demo, outgoing

__all__ = ["at_start", "is_demo", "move", "outgoing"]
