"""What two nodes deal with over their border: begun at one, dealt with at the other, shown at the first as it stands there."""

from quanyu.federation.links.model import Link, Standing
from quanyu.federation.links.service import Matter
from quanyu.federation.links.telling import Tell, run

__all__ = ["Link", "Matter", "Standing", "Tell", "run"]
