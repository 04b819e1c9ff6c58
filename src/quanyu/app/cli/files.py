"""The files that a person names at a command: there and readable, or refused in words."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from quanyu.core.errors import Fault, Invalid

Form = TypeVar("Form")


def require(files: Iterable[Path]) -> None:
    """Raises Invalid with every one that is missing or no file."""
    faults = tuple(fault for fault in map(_fault, files) if fault)
    if faults:
        raise Invalid("app.cli.files", faults=faults)


def read(file: Path) -> bytes:
    """Raises Invalid."""
    require((file,))
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid("app.cli.file.unreadable", path=str(file), reason=error.strerror) from error


def read_json(file: Path) -> object:
    """Raises Invalid where it cannot be read or is no JSON."""
    return read_form(file, object)


def read_form(file: Path, form: type[Form]) -> Form:
    """Raises Invalid where it cannot be read, is no JSON or has another form."""
    content = read(file)
    try:
        return msgspec.json.decode(content, type=form)
    except msgspec.ValidationError as error:
        raise Invalid("app.cli.file.form", path=str(file), reason=str(error)) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Invalid("app.cli.file.json", path=str(file), reason=str(error)) from error


def require_place(file: Path) -> None:
    """Before the work whose answer is to be written there. Raises Invalid where no file can stand."""
    if file.is_dir():
        raise Invalid("app.cli.files", faults=(Fault("app.cli.file.folder", values={"path": str(file)}),))
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise Invalid("app.cli.file.unwritten", path=str(file))


def _fault(file: Path) -> Fault | None:
    if file.is_dir():
        return Fault("app.cli.file.folder", values={"path": str(file)})
    if not file.exists():
        return Fault("app.cli.file.missing", values={"path": str(file)})
    return None
