"""The pages that are looked at one by one, by what is asked of each of them."""

import re

from scripts.pictures.words import Words

PAGES = (
    "/overview", "/overview?heat=yes", "/start", "/handover", "/indicators", "/indicators/case.closing_rate?by=department", "/rules", "/rules?tab=workflows", "/rules/new",
    "/rules/workflows/case", "/rules?tab=calendars", "/rules?tab=limits", "/rules?tab=duties", "/rules?tab=codes",
    "/map", "/data/imports", "/data/sources", "/data/workbench", "/catalogue", "/catalogue/parks", "/catalogue/parks?tab=items",
    "/catalogue/parks?tab=profile", "/catalogue/parks?tab=sample", "/catalogue/parks?tab=lineage", "/catalogue/parks?tab=use",
    "/catalogue/parks?tab=edit", "/quality", "/quality?tab=departments", "/quality?tab=defects", "/quality/parks",
    "/quality/parks/quarantine", "/fusion", "/evidence", "/system", "/system?tab=accounts", "/system?tab=organisations",
    "/system?tab=roles", "/system?tab=links", "/system?tab=queues", "/system?tab=packs", "/system?tab=why", "/system?tab=backup",
    "/system?tab=settings", "/scores", "/scores/boards", "/scores/budgets", "/scores/report", "/account", "/packs", "/packs/none/none", "/no-such-page",
    "/sharing", "/sharing?tab=received", "/sharing?tab=notices", "/sharing?tab=elements", "/sharing?tab=copies", "/sharing/ask?dataset=parks", "/catalogue?tab=levels", "/nodes",
    "/nodes?tab=proofs", "/data/imports/{import}", "/data/sources?source=every-page", "/rules/every-page", "/trace/{entity}",
    "/catalogue/parks?tab=records", "/catalogue/parks?tab=effects",
)  # fmt: skip
AT_WORK = ("/cases", "/cases?tab=all", "/cases?tab=pressing", "/field")
"""Those that need a post of the event centre."""
OF_ONE = (
    "/cases/none", "/work/none", "/catalogue/nodes/none/none", "/sharing/requests/none", "/sharing/asked/none",
    "/sharing/contracts/none", "/sharing/returns/none", "/sharing/disputes/none", "/sharing/elements/none", "/open/none",
)  # fmt: skip
"""Of one thing each, of which there is none."""
TASK = "/field/1/1"
"""Waits only where the tasks of this device are not known yet."""
RESIDENTS = ("/nearby?at=118.8,32.0", "/open", "/follow/none#none")
"""What asks the node for something without an account; `/report` and `/signin` ask for nothing before somebody writes."""
_KEY = re.compile(r"\b[a-z][A-Za-z]*(?:\.[A-Za-z]\w*)+\b")
_BROKEN = re.compile(r"\bundefined\b|\bNaN\b|\[object |Traceback|Error:")


def faults_of_text(said: str, words: Words) -> list[str]:
    """Names of texts in place of the texts, and what only programs say."""
    return [one for one in _KEY.findall(said) if words.holds(one)] + _BROKEN.findall(said)
