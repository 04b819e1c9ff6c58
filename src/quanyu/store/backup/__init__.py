"""Backup and restore of a whole node while it works, and the drill that proves a backup is good."""

from quanyu.store.backup.drill import DrillReport, drill
from quanyu.store.backup.dump import BACKUPS, RESTORING, SET_ASIDE, BackupReport, backup
from quanyu.store.backup.examine import Examined, examine
from quanyu.store.backup.manifest import Progress
from quanyu.store.backup.restore import RestoreReport, restore

__all__ = [
    "BACKUPS",
    "RESTORING",
    "SET_ASIDE",
    "BackupReport",
    "DrillReport",
    "Examined",
    "Progress",
    "RestoreReport",
    "backup",
    "drill",
    "examine",
    "restore",
]
