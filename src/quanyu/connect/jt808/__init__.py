"""JT/T 808: what vehicles and the platform say to each other (道路运输车辆卫星定位系统 终端通讯协议), 2013 and 2019.

    bytes of a connection ─► frame (7.. delimiters, escapes, checksum, header) ─► body ─► positions and attributes

Everything but `gateway` is pure: bytes in, frozen values out, or an `Invalid` that says what is wrong at which byte.
"""

from quanyu.connect.jt808.decode import Decoded, Decoder, decode_line
from quanyu.connect.jt808.frame import Frame, Part, pack, unpack
from quanyu.connect.jt808.location import Location

__all__ = ["Decoded", "Decoder", "Frame", "Location", "Part", "decode_line", "pack", "unpack"]
