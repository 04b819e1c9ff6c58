"""`python -m scripts.pictures [--help]`: takes a picture of every page of the portal, or one sheet of all pages for each state."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from playwright.sync_api import Browser, Error

from scripts.pictures.camera import LOOKS, Look, chromium, keep, opened, take
from scripts.pictures.city import City, demonstration, empty_city
from scripts.pictures.crowded import crowded
from scripts.pictures.every_state import Sheets, denied, empty, waiting_and_failed
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
    taken: Sheets = {}
    with chromium() as browser:
        if asked - _OF_AN_EMPTY_CITY:
            with demonstration(wanted.at) as city, county(city) as joined:
                names = played(city) | joined
                taken |= waiting_and_failed(browser, city, names) | denied(browser, city, names)
        if asked & _OF_AN_EMPTY_CITY:
            with empty_city() as city:
                taken |= empty(browser, city) if "empty" in asked else {}
                taken |= crowded(browser, city) if "many" in asked else {}
    for state in asked:
        keep_sheet(taken[state], (wanted.to or _DOCS / "states") / f"{state}.webp")
    return 0


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
    looks = [one for one in LOOKS if str(one) in wanted.looks]
    return [
        fault
        for look in looks
        for page in pages
        if (fault := _take_one(browser, city, page, look, names, wanted))
    ]


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
    parser.add_argument("--whole", action="store_true", help="the whole page, not only what a window shows")
    parser.add_argument("--format", choices=("webp", "png"), default="webp")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
