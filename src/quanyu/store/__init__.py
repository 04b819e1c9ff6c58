"""The one door to PostgreSQL: embedded server, pool, transactions, migrations, durable jobs and events."""

from quanyu.store.database import (
    CONTENDED,
    Address,
    Connection,
    Contended,
    Database,
    connect_owner,
    embedded_address,
    plain_errors,
    url_address,
)
from quanyu.store.embedded import EmbeddedPostgres, embedded_in
from quanyu.store.jobs import Handler, Job, Worker, emit, enqueue, forget_done, reclaim, report_progress
from quanyu.store.migrations import migrate, migrate_folder
from quanyu.store.nearest import distance, nearest
from quanyu.store.ordinary_user import dying_with_parent

__all__ = [
    "CONTENDED",
    "Address",
    "Connection",
    "Contended",
    "Database",
    "EmbeddedPostgres",
    "Handler",
    "Job",
    "Worker",
    "connect_owner",
    "distance",
    "dying_with_parent",
    "embedded_address",
    "embedded_in",
    "emit",
    "enqueue",
    "forget_done",
    "migrate",
    "migrate_folder",
    "nearest",
    "plain_errors",
    "reclaim",
    "report_progress",
    "url_address",
]
