"""The child process: an `EngineJob` as JSON on stdin, one `Answer` as JSON on each line of stdout."""

import sys
import traceback

import duckdb
import msgspec

from quanyu.core.errors import Invalid, QuanyuError
from quanyu.core.modules import do_without_pandas
from quanyu.core.process import collect_rarely, leave
from quanyu.govern.engine.answers import Answer, ErrorAnswer
from quanyu.govern.engine.model import EngineJob
from quanyu.govern.engine.parenthood import die_with_parent
from quanyu.govern.engine.pipeline import import_files


def main() -> int:
    die_with_parent()
    collect_rarely()
    do_without_pandas()
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=EngineJob)
    try:
        _say(Answer(report=import_files(job, lambda progress: _say(Answer(progress=progress)))))
    except QuanyuError as error:
        faults = error.faults if isinstance(error, Invalid) else ()
        invalid = isinstance(error, Invalid)
        _say(Answer(error=ErrorAnswer(key=error.key, values=error.values, faults=faults, invalid=invalid)))
        return 1
    except (duckdb.Error, OSError, MemoryError) as error:
        _say(Answer(error=ErrorAnswer(key="govern.engine.failed", values={"reason": str(error)})))
        return 1
    except Exception as error:
        traceback.print_exc()  # ours to mend; once more would end alike, so the import fails at once
        reason = f"{type(error).__name__}: {error}"
        _say(Answer(error=ErrorAnswer(key="govern.import.internal", values={"reason": reason}, invalid=True)))
        return 1
    return 0


def _say(answer: Answer) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    leave(main())
