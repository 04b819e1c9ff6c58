"""`python -m scripts.pictures [--help]`: takes a picture of every page of the portal."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Error

from scripts.pictures.camera import LOOKS, Look, chromium, keep, opened, take
from scripts.pictures.city import City, demonstration
from scripts.pictures.pages import PAGES, Page
from scripts.pictures.scenes import played

_DOCS = Path(__file__).parents[2] / "docs/images/pages"


def main(said: Sequence[str]) -> int:
    wanted = _arguments().parse_args(said)
    pages = [one for one in PAGES if not wanted.only or one.name in wanted.only]
    looks = [one for one in LOOKS if str(one) in wanted.looks]
    with demonstration(wanted.at) as city, chromium() as browser:
        names = played(city)
        failed = [one for look in looks for one in _taken(browser, city, pages, look, names, wanted)]
    print("\n".join(failed), file=sys.stderr)
    return 1 if failed else 0


def _taken(
    browser: Browser,
    city: City,
    pages: Sequence[Page],
    look: Look,
    names: dict[str, str],
    wanted: argparse.Namespace,
) -> list[str]:
    """What could not be taken, with the reason."""
    failed = []
    for page in pages:
        with opened(browser, city, page.who, look) as context:
            try:
                picture = take(context.new_page(), page, page.path.format_map(names), look, whole=wanted.whole)
                keep(picture, wanted.to / f"{page.name}.{look}.{wanted.format}")
            except (Error, KeyError) as fault:
                failed.append(f"{page.name} {look}: {fault!r:.300}")
    return failed


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.pictures", description=__doc__)
    parser.add_argument("--at", help="address of a demonstration node; else one is started and thrown away")
    parser.add_argument("--to", type=Path, default=_DOCS, help="folder for the pictures (docs/images/pages)")
    parser.add_argument("--only", nargs="*", help="names of pages; all of them else")
    parser.add_argument(
        "--looks", nargs="*", default=[str(one) for one in LOOKS[:2]], choices=[str(one) for one in LOOKS],
        help="width, language and theme",
    )  # fmt: skip
    parser.add_argument("--whole", action="store_true", help="the whole page, not only what a window shows")
    parser.add_argument("--format", choices=("webp", "png"), default="webp")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
