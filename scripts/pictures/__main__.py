"""`python -m scripts.pictures [--help]`: takes a picture of every page of the portal, or one sheet of all pages for each state."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from playwright.sync_api import Browser, Error

from scripts.pictures.camera import LOOKS, Look, chromium, keep, opened, take
from scripts.pictures.city import City, demonstration, empty_city, packs_on
from scripts.pictures.crowded import crowd, many
from scripts.pictures.every_state import (
    OF_A_DATASET,
    OF_NOTHING,
    Sheets,
    denied,
    empty,
    waiting_and_failed,
    without_records,
)
from scripts.pictures.neighbour import county
from scripts.pictures.pages import PAGES, Page
from scripts.pictures.scenes import filled, played
from scripts.pictures.sheets import keep_sheet
from scripts.pictures.states import STATES

_DOCS = Path(__file__).parents[2] / "docs/images"
_OF_AN_EMPTY_CITY = {"empty", "many"}
_SHEETS = {"loading", "error", "denied"} | _OF_AN_EMPTY_CITY


def main(said: Sequence[str]) -> int:
    wanted = _arguments().parse_args(said)
    return _sheets(wanted) if wanted.states else _pictures(wanted)


def _sheets(wanted: argparse.Namespace) -> int:
    asked = set(wanted.only or _SHEETS)
    with chromium() as browser:
        if asked - _OF_AN_EMPTY_CITY:
            with demonstration(wanted.at) as city, county(city) as joined:
                names = played(city) | joined
                for look in _looks(wanted):
                    if asked & {"loading", "error"}:
                        _keep_sheets(waiting_and_failed(browser, city, look, names), asked, look, wanted)
                    if "denied" in asked:
                        _keep_sheets(denied(browser, city, look, names), asked, look, wanted)
        if asked & _OF_AN_EMPTY_CITY:
            with empty_city() as city:
                packs_on(city)
                if "empty" in asked:
                    bare = [(look, empty(browser, city, look, OF_NOTHING)) for look in _looks(wanted)]
                    without_records(city)
                    for look, tiles in bare:
                        tiles += empty(browser, city, look, OF_A_DATASET)
                        _keep_sheets({"empty": tiles}, asked, look, wanted)
                if "many" in asked:
                    names = crowd(city)
                    for look in _looks(wanted):
                        _keep_sheets(many(browser, city, look, names), asked, look, wanted)
    return 0


def _keep_sheets(taken: Sheets, asked: set[str], look: Look, wanted: argparse.Namespace) -> None:
    folder = wanted.to or _DOCS / "states"
    for state in asked & taken.keys():
        keep_sheet(taken[state], folder / f"{state}.{look}.webp")
        if wanted.apart:
            for tile in taken[state]:
                keep(tile.picture, folder / state / f"{tile.name}.{look}.{wanted.format}")


def _pictures(wanted: argparse.Namespace) -> int:
    wanted.to = wanted.to or _DOCS / "pages"
    pages = [one for one in (*PAGES, *STATES) if not wanted.only or one.name in wanted.only]
    needed = {one.needs for one in pages}
    failed: list[str] = []
    with chromium() as browser:
        if needed & {"city", "county"}:
            with (
                demonstration(wanted.at) as city,
                county(city) if "county" in needed else nullcontext({}) as joined,
            ):
                names = played(city) | joined
                failed += _taken(
                    browser, city, [one for one in pages if one.needs in {"city", "county"}], names, wanted
                )
        if needed & {"empty", "many"}:
            with empty_city() as city:
                failed += _taken(browser, city, [one for one in pages if one.needs == "empty"], {}, wanted)
                if "many" in needed:
                    failed += _taken(
                        browser, city, [one for one in pages if one.needs == "many"], filled(city), wanted
                    )
    print("\n".join(failed), file=sys.stderr)
    return 1 if failed else 0


def _taken(
    browser: Browser, city: City, pages: Sequence[Page], names: dict[str, str], wanted: argparse.Namespace
) -> list[str]:
    """What could not be taken, with the reason."""
    return [
        fault
        for look in _looks(wanted)
        for page in pages
        if (fault := _take_one(browser, city, page, look, names, wanted))
    ]


def _looks(wanted: argparse.Namespace) -> list[Look]:
    return [one for one in LOOKS if str(one) in wanted.looks]


def _take_one(
    browser: Browser, city: City, page: Page, look: Look, names: dict[str, str], wanted: argparse.Namespace
) -> str:
    with opened(browser, city, page.who, look) as context:
        try:
            picture = take(context.new_page(), page, page.path.format_map(names), look, whole=wanted.whole)
            keep(picture, wanted.to / f"{page.name}.{look}.{wanted.format}")
        except (Error, KeyError) as fault:
            return f"{page.name} {look}: {fault!r:.300}"
    return ""


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.pictures", description=__doc__)
    parser.add_argument("--at", help="address of a demonstration node; else one is started and thrown away")
    parser.add_argument("--to", type=Path, help="folder (docs/images/pages, docs/images/states)")
    parser.add_argument(
        "--only", nargs="*", help="names of pages, or of states with --states; all of them else"
    )
    parser.add_argument(
        "--looks", nargs="*", default=[str(one) for one in LOOKS[:2]], choices=[str(one) for one in LOOKS],
        help="width, language and theme",
    )  # fmt: skip
    parser.add_argument(
        "--states",
        action="store_true",
        help="every page while it waits, fails, is empty, is denied, and lists of 10,000: a sheet for each",
    )
    parser.add_argument(
        "--apart", action="store_true", help="with --states: also each page by itself, in its size"
    )
    parser.add_argument("--whole", action="store_true", help="the whole page, not only what a window shows")
    parser.add_argument("--format", choices=("webp", "png"), default="webp")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
