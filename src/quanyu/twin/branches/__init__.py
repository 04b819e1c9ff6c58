"""What-if branches of a tenant's state, and the snapshots of the standard, which are branches that stand still."""

from quanyu.twin.branches.model import PREFIX, Branch
from quanyu.twin.branches.overlay import Overlay
from quanyu.twin.branches.service import Branches, home_of

__all__ = ["PREFIX", "Branch", "Branches", "Overlay", "home_of"]
