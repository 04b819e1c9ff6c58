"""Commands for sources that keep running: add, list, run, pause, resume, remove, and what was refused."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from quanyu.app.cli.source_door import SourceDoor, with_sources
from quanyu.app.cli.tables import show_table
from quanyu.app.cli.terminal import language, say
from quanyu.connect.sources.http import SourceAnswer
from quanyu.connect.sources.model import LISTENING, SourceInput
from quanyu.core.errors import Fault, Invalid
from quanyu.core.messages import text

app = App(
    name="source",
    help="Sources that keep running: HTTP, SQL databases, MQTT, JT/T 808, watched folders, NGSI-LD pushes.",
)


@app.command
def add(
    name: str,
    /,
    *,
    kind: str,
    dataset: str | None = None,
    every: int | None = None,
    owner: str | None = None,
    title: str | None = None,
    setting: Annotated[tuple[str, ...], Parameter(name=["--set", "-s"], negative=())] = (),
    file: Annotated[tuple[str, ...], Parameter(name=["--set-file", "-f"], negative=())] = (),
    data: Path | None = None,
) -> None:
    """Make or replace a source. docs/sources.md lists the settings of each kind.

    For example: quanyu source add air --kind http -s url=https://feed.example/air.json -s records=data.items

    Parameters
    ----------
    name
        Name of the source.
    kind
        http, sql, mqtt, jt808, folder or ngsi-ld.
    dataset
        Dataset that it feeds; the source's name where it is not given.
    every
        Seconds between two runs; for streams, how long messages are gathered.
    owner
        Organisation whose source it is: its officers see and run it.
    title
        What the dataset is called, where the source makes it.
    setting
        A setting as NAME=VALUE; lists and objects as JSON. Given again for each setting.
    file
        A setting as NAME=FILE with its value in a file, for passwords that no other user should see.
    data
        Data folder.
    """
    settings = _settings(setting, file)
    source = SourceInput(
        name=name,
        kind=kind,
        dataset=name if dataset is None else dataset,
        settings=settings,
        every_seconds=every,
        owner=owner,
        title=title,
    )

    async def work(door: SourceDoor) -> None:
        made = await door.put(source)
        say("app.cli.source.added", name=made.name, dataset=made.dataset, seconds=made.every_seconds)

    with_sources(data, work)


@app.command(name="list")
def show(*, json: Annotated[bool, Parameter(negative=())] = False, data: Path | None = None) -> None:
    """List sources with state, last success, lag and last error.

    Parameters
    ----------
    json
        Print one JSON object instead of a table.
    data
        Data folder.
    """

    async def work(door: SourceDoor) -> None:
        sources = await door.all()
        if json:
            print(msgspec.json.encode({"items": sources}).decode())
            return
        columns = (
            "name",
            "kind",
            "dataset",
            "state",
            "succeeded",
            "lag",
            "records",
            "waiting",
            "refused",
        )
        show_table("source", columns, [_line(source) for source in sources])
        for source in sources:
            if source.fault:
                print(f"{source.name}: {source.fault}")
        say("app.cli.source.count", count=len(sources))

    with_sources(data, work)


@app.command
def run(name: str, /, *, data: Path | None = None) -> None:
    """Run a source now: the running node does it at once, without one this command does.

    Parameters
    ----------
    name
        Name of the source.
    data
        Data folder.
    """

    async def work(door: SourceDoor) -> None:
        records = await door.run(name)
        if records is None:
            say("app.cli.source.due", name=name)
        else:
            say("app.cli.source.ran", name=name, records=records)

    with_sources(data, work)


@app.command
def pause(name: str, /, *, data: Path | None = None) -> None:
    """Stop a source until it is resumed. A broker keeps the messages of a paused MQTT source as long as it is set to.

    Parameters
    ----------
    name
        Name of the source.
    data
        Data folder.
    """
    _switch(name, data, paused=True)


@app.command
def resume(name: str, /, *, data: Path | None = None) -> None:
    """Let a paused source run again.

    Parameters
    ----------
    name
        Name of the source.
    data
        Data folder.
    """
    _switch(name, data, paused=False)


@app.command
def remove(name: str, /, *, data: Path | None = None) -> None:
    """Remove a source with what waits and what was refused; its dataset stays.

    Parameters
    ----------
    name
        Name of the source.
    data
        Data folder.
    """

    async def work(door: SourceDoor) -> None:
        await door.remove(name)
        say("app.cli.source.removed", name=name)

    with_sources(data, work)


@app.command
def refused(name: str, /, *, data: Path | None = None) -> None:
    """List what the import refused from a source, with the reasons.

    Parameters
    ----------
    name
        Name of the source.
    data
        Data folder.
    """

    async def work(door: SourceDoor) -> None:
        found = await door.refusals(name)
        lines = [(one.id, one.refused[:19], f"{one.bytes:,}", one.fault or "") for one in found]
        show_table("source", ("id", "at", "bytes", "fault"), lines)
        say("app.cli.source.refusals", name=name, count=len(found))

    with_sources(data, work)


@app.command
def release(name: str, delivery: str | None = None, /, *, data: Path | None = None) -> None:
    """Deliver again what was refused, once its reason is mended.

    Parameters
    ----------
    name
        Name of the source.
    delivery
        One delivery; all of them where it is not given.
    data
        Data folder.
    """

    async def work(door: SourceDoor) -> None:
        count = await door.release(name, delivery)
        say("app.cli.source.released", name=name, count=count)

    with_sources(data, work)


@app.command
def discard(name: str, delivery: str | None = None, /, *, data: Path | None = None) -> None:
    """Remove for good what was refused.

    Parameters
    ----------
    name
        Name of the source.
    delivery
        One delivery; all of them where it is not given.
    data
        Data folder.
    """

    async def work(door: SourceDoor) -> None:
        count = await door.discard(name, delivery)
        say("app.cli.source.discarded", name=name, count=count)

    with_sources(data, work)


def _switch(name: str, data: Path | None, *, paused: bool) -> None:
    async def work(door: SourceDoor) -> None:
        await door.switch(name, paused=paused)
        say(f"app.cli.source.{'paused' if paused else 'active'}", name=name)

    with_sources(data, work)


def _line(source: SourceAnswer) -> tuple[str, ...]:
    lag = "–" if source.lag_seconds is None else f"{source.lag_seconds:,.0f} s"
    succeeded = source.succeeded_at[:19] if source.succeeded_at else "–"
    return (
        source.name, source.kind, source.dataset, _state(source), succeeded, lag, f"{source.records:,}",
        f"{source.waiting:,}", str(source.refused),
    )  # fmt: skip


def _state(source: SourceAnswer) -> str:
    state = source.state
    if state == "active" and source.failures:
        state = "failing"
    elif state == "active" and source.kind in LISTENING and source.linked is None:
        state = "connecting"
    return text(f"app.cli.source.state.{state}", language())


def _settings(said: tuple[str, ...], files: tuple[str, ...]) -> dict[str, Any]:
    """Raises Invalid with everything that is no NAME=VALUE, and every file that cannot be read."""
    faults = [
        Fault("app.cli.source.no_value", values={"said": one}) for one in (*said, *files) if "=" not in one
    ]
    settings = {name: _value(value) for name, _, value in (one.partition("=") for one in said)}
    for name, _, path in (one.partition("=") for one in files if "=" in one):
        try:
            settings[name] = _value(Path(path).read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError):
            faults.append(Fault("app.cli.source.no_file", values={"name": name, "path": path}))
    if faults:
        raise Invalid("app.cli.source.settings", faults=tuple(faults))
    return settings


def _value(text: str) -> Any:
    """JSON where it is an object or a list; else the text itself, whose type the kind of source knows."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
