"""The process that `workers` starts: `python -m quanyu.app.worker`."""

import logging
import sys
from dataclasses import replace

from quanyu.core.modules import do_without_extras
from quanyu.core.process import collect_rarely, leave, undisturbed


def main() -> None:
    collect_rarely()
    do_without_extras()
    with undisturbed():
        import uvloop

        from quanyu.app.health import REQUESTS
        from quanyu.app.settings import taken
        from quanyu.app.workers import work
        from quanyu.core.errors import Unavailable
        from quanyu.twin import Common
    common, counted, part = map(int, sys.argv[1:])
    REQUESTS.join(counted, part)
    settings = taken(sys.stdin.buffer.read())
    logging.basicConfig(
        level=logging.INFO if settings.dev else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    try:
        uvloop.run(work(replace(settings, demo=False), Common(common)))
    except Unavailable as error:
        print(error, file=sys.stderr)
        leave(1)
    leave(0)


if __name__ == "__main__":
    main()
