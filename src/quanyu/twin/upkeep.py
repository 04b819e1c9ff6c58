"""What the twin's tables need from time to time; the app runs these as jobs."""

from quanyu.store import Connection, Database

DAYS_AHEAD = 7


async def partitions_ahead(connection: Connection, days: int = DAYS_AHEAD) -> int:
    """Makes the daily partitions of the log; returns how many. Wanted daily, harmless at any time."""
    made: int = await connection.fetchval("select twin_partitions_ahead($1)", days)
    return made


async def settle(database: Database) -> None:
    """After a large import: marks its rows as visible to all, so that maps and counts read the index alone."""
    async with database.owner() as connection:
        await connection.execute("vacuum (analyze) entity")
        await connection.execute("vacuum (analyze) entity_text")
