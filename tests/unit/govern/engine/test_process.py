"""The engine as a child process."""

import asyncio
import sys
from pathlib import Path

import pytest

from quanyu.core.errors import Invalid, Unavailable
from quanyu.govern.engine.model import EngineJob, InputFile, Progress, Stage
from quanyu.govern.engine.process import run


def _job(tmp_path: Path, text: str) -> EngineJob:
    file = tmp_path / "file.csv"
    file.write_text(text, encoding="utf-8")
    return EngineJob(
        dataset="d",
        import_id="1",
        files=(InputFile(path=str(file), name="file.csv"),),
        workdir=str(tmp_path / "work"),
    )


async def test_a_child_reports_progress_and_the_result(tmp_path: Path) -> None:
    seen: list[Progress] = []
    report = await run(_job(tmp_path, "id,名称\n1,甲\n2,乙\n"), on_progress=seen.append)
    assert (report.read, report.accepted) == (2, 2)
    assert Stage.WRITE in {progress.stage for progress in seen}


async def test_what_is_invalid_in_the_child_is_invalid_here(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        await run(_job(tmp_path, ""), on_progress=lambda _: None)


async def test_a_child_that_dies_before_it_is_told_its_job_may_be_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Unavailable):
        await run(_job(tmp_path, "a\n1\n"), on_progress=lambda _: None)


async def test_a_cancelled_import_leaves_no_child(tmp_path: Path) -> None:
    task = asyncio.create_task(run(_job(tmp_path, "a\n1\n"), on_progress=lambda _: None))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
