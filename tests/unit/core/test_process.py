"""What each process does first and last."""

import os
import subprocess
import sys

import pytest


def _called(program: str) -> list[str]:
    return [sys.executable, "-E", "-c", f"import sys\nfrom quanyu.core.process import leave\n{program}"]


@pytest.mark.parametrize("code", [0, 2])
def test_what_was_said_is_said_before_the_process_ends(code):
    program = f"print('done', end=''); sys.stderr.write('why'); leave({code})"
    done = subprocess.run(_called(program), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, "done", "why")


def test_a_process_ends_as_it_should_although_nobody_reads_any_more():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        _called("print('done'); leave(1)"), stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_what_is_made_undisturbed_is_never_looked_through_and_what_comes_later_is():
    program = """
import gc, weakref
from quanyu.core.process import undisturbed
class Ring: pass
def ring():
    made = Ring(); made.itself = made
    return weakref.ref(made)
with undisturbed():
    early = ring()
late = ring()
gc.collect()
print(early() is not None, late() is None, gc.isenabled())
"""
    done = subprocess.run(_called(program), capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True"]
