"""Every page of the portal's router, with the tabs that are pages of their own: path, who looks, what is pressed first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Page as Tab

from scripts.pictures.words import Words

Act = Callable[[Tab, Words], None]


@dataclass(frozen=True)
class Page:
    """`path` may name ids of `scenes.played` in braces; `who` is a login, "" is nobody.

    `needs`: the city; with the county as a second node; a node with nothing in it; that node with 10,000 broken rows.
    `before` happens before the page is opened, `act` on it; `sign` is what is waited for where a page never comes to rest.
    """

    name: str
    path: str
    who: str = "admin"
    act: Act | None = None
    needs: Literal["city", "county", "empty", "many"] = "city"
    before: Callable[[Tab], None] | None = None
    sign: str = ""


def _place(tab: Tab, words: Words) -> None:
    tab.get_by_role("textbox", name=words("report.address")).fill("人民路小学门口")


def _what(tab: Tab, words: Words) -> None:
    _place(tab, words)
    tab.get_by_role("button", name=words("report.next"), exact=True).click()
    tab.get_by_role("textbox", name=words("report.words")).fill("路口井盖破损，夜里看不见，已有人绊倒")


def _steps(times: int) -> Act:
    def act(tab: Tab, words: Words) -> None:
        _what(tab, words)
        for _ in range(times):
            tab.get_by_role("button", name=words("report.next"), exact=True).click()

    return act


def _chart(tab: Tab, words: Words) -> None:
    tab.get_by_role("button", name=words("workbench.views.chart"), exact=True).click()


def _new_account(tab: Tab, words: Words) -> None:
    tab.get_by_role("button", name=words("account.add")).click()
    tab.get_by_role("dialog").wait_for()


PAGES: tuple[Page, ...] = (
    Page("signin", "/signin", ""),
    Page("report-1-where", "/report", "", _place),
    Page("report-2-what", "/report", "", _what),
    Page("report-3-contact", "/report", "", _steps(1)),
    Page("report-4-check", "/report", "", _steps(2)),
    Page("report-simple", "/report?simple=yes", ""),
    Page("follow", "/follow", ""),
    Page("follow-case", "/follow/{followed}#{code}", ""),
    Page("nearby", "/nearby?at=123.86,29.65", ""),
    Page("open", "/open", ""),
    Page("open-entry", "/open/car-parks", ""),
    Page("field", "/field", "crew"),
    Page("field-task", "/field/{instance}/{position}", "crew"),
    Page("start", "/start"),
    Page("overview", "/overview", "desk"),
    Page("overview-heat", "/overview?heat=yes", "desk"),
    Page("overview-wall", "/overview?wall=1", "desk"),
    Page("map", "/map"),
    Page("map-entity", "/map?entity={entity}"),
    Page("cases-inbox", "/cases", "desk"),
    Page("cases-map", "/cases?map=yes", "desk"),
    Page("cases-pressing", "/cases?tab=pressing", "desk"),
    Page("cases-all", "/cases?tab=all", "desk"),
    Page("case", "/cases/{case}", "desk"),
    Page("work", "/work/{work}", "desk"),
    Page("handover", "/handover", "desk"),
    Page("rules", "/rules"),
    Page("rules-workflows", "/rules?tab=workflows"),
    Page("rules-calendars", "/rules?tab=calendars"),
    Page("rules-limits", "/rules?tab=limits"),
    Page("rules-duties", "/rules?tab=duties"),
    Page("rules-codes", "/rules?tab=codes"),
    Page("rule", "/rules/manhole-level"),
    Page("rule-new", "/rules/new"),
    Page("workflow", "/rules/workflows/case"),
    Page("imports", "/data/imports"),
    Page("import", "/data/imports/{import}"),
    Page("sources", "/data/sources"),
    Page("source", "/data/sources?source=demo-air"),
    Page("workbench", "/data/workbench?q={query}", act=_chart),
    Page("catalogue", "/catalogue"),
    Page("catalogue-levels", "/catalogue?tab=levels"),
    Page("listed-entry", "/catalogue/nodes/{node}/{listed}", needs="county"),
    Page("entry", "/catalogue/car-parks"),
    Page("entry-items", "/catalogue/car-parks?tab=items"),
    Page("entry-profile", "/catalogue/car-parks?tab=profile"),
    Page("entry-sample", "/catalogue/car-parks?tab=sample"),
    Page("entry-records", "/catalogue/car-parks?tab=records"),
    Page("entry-lineage", "/catalogue/car-parks?tab=lineage"),
    Page("entry-use", "/catalogue/car-parks?tab=use"),
    Page("entry-effects", "/catalogue/car-parks?tab=effects"),
    Page("entry-edit", "/catalogue/car-parks?tab=edit"),
    Page("quality", "/quality"),
    Page("quality-departments", "/quality?tab=departments"),
    Page("quality-defects", "/quality?tab=defects"),
    Page("quality-dataset", "/quality/car-parks"),
    Page("quarantine", "/quality/car-parks/quarantine"),
    Page("trace", "/trace/{entity}"),
    Page("fusion", "/fusion"),
    Page("indicators", "/indicators"),
    Page("indicator", "/indicators/case.closing_rate?by=department"),
    Page("scores", "/scores"),
    Page("scores-boards", "/scores/boards"),
    Page("scores-budgets", "/scores/budgets"),
    Page("scores-report", "/scores/report"),
    Page("sharing", "/sharing"),
    Page("sharing-received", "/sharing?tab=received", "provider"),
    Page("sharing-contracts", "/sharing?tab=contracts", "provider"),
    Page("sharing-users", "/sharing?tab=users", "provider"),
    Page("sharing-disputes", "/sharing?tab=disputes", "provider"),
    Page("sharing-returns", "/sharing?tab=returns", "provider"),
    Page("sharing-balance", "/sharing?tab=balance"),
    Page("sharing-notices", "/sharing?tab=notices", "provider"),
    Page("ask", "/sharing/ask?dataset=car-parks", "viewer"),
    Page("request", "/sharing/requests/{request}", "provider"),
    Page("asked", "/sharing/asked/{asked}", needs="county"),
    Page("contract", "/sharing/contracts/{contract}", "consumer"),
    Page("contract-use", "/sharing/contracts/{contract}?tab=use", "provider"),
    Page("contract-call", "/sharing/contracts/{contract}?tab=call", "consumer"),
    Page("contract-records", "/sharing/contracts/{contract}?tab=records", "consumer"),
    Page("dispute", "/sharing/disputes/{dispute}", "provider"),
    Page("element", "/sharing/elements/{element}", "provider"),
    Page("contract-return", "/sharing/contracts/{contract}?tab=giveBack", "consumer"),
    Page("return", "/sharing/returns/{return}", "provider"),
    Page("nodes", "/nodes", needs="county"),
    Page("nodes-proofs", "/nodes?tab=proofs", needs="county"),
    Page("packs", "/packs"),
    Page("pack-census", "/packs/parking/census"),
    Page("pack-causes", "/packs/parking/causes"),
    Page("pack-guidance", "/packs/parking/guidance"),
    Page("pack-charging", "/packs/parking/charging"),
    Page("pack-swapping", "/packs/parking/swapping"),
    Page("pack-use", "/packs/parking/use"),
    Page("pack-emergency", "/packs/emergency/figures"),
    Page("pack-siting", "/packs/emergency/siting"),
    Page("pack-sanitation", "/packs/sanitation/month"),
    Page("pack-settlement", "/packs/sanitation/settlement"),
    Page("pack-replay", "/packs/sanitation/replay"),
    Page("evidence", "/evidence", "audit"),
    Page("system", "/system"),
    Page("system-accounts", "/system?tab=accounts"),
    Page("system-account-new", "/system?tab=accounts", act=_new_account),
    Page("system-organisations", "/system?tab=organisations"),
    Page("system-roles", "/system?tab=roles"),
    Page("system-links", "/system?tab=links"),
    Page("system-queues", "/system?tab=queues"),
    Page("system-packs", "/system?tab=packs"),
    Page("system-why", "/system?tab=why&person={person}&action=dataset.read&thing=car-parks"),
    Page("system-backup", "/system?tab=backup"),
    Page("system-settings", "/system?tab=settings"),
    Page("account", "/account"),
    Page("styleguide", "/styleguide"),
    Page("not-found", "/no-such-page"),
)
