"""The steps of an element as data: whose each is, and what each needs beside a reason."""

BODY, AUTHORITY = "share.answer", "share.decide"
SIDES = {
    "open": AUTHORITY, "reject": AUTHORITY, "confirm": AUTHORITY, "take_over": AUTHORITY, "decide": AUTHORITY,
    "leave": AUTHORITY, "uphold": AUTHORITY, "overturn": AUTHORITY, "reopen": AUTHORITY, "retire": AUTHORITY,
    "claim": BODY, "contest": BODY, "withdraw": BODY, "concede": BODY, "vacate": BODY, "propose": BODY, "accept": BODY, "agree": BODY,
    "refer": BODY, "appeal": BODY, "bring": BODY,
}  # fmt: skip
"""Whose each act is."""

SIMPLE = frozenset(
    ("open", "reject", "take_over", "leave", "uphold", "reopen", "retire", "confirm", "withdraw", "accept", "refer", "appeal",
     "bring")
)  # fmt: skip
"""Acts that need no more than a reason."""

DECISIONS = frozenset(("decide", "overturn"))
"""Acts that name the source."""

OFFERED = SIMPLE | DECISIONS | {"claim", "contest", "propose"}
"""Acts that somebody chooses; the others follow from them."""

CLAIMABLE = {"claiming": "claim", "negotiating": "claim", "confirming": "contest"}
"""The act that a new claim is, by state."""

TIMED = ("claiming", "negotiating", "settled")
"""States that a clock ends by itself."""

SETTLED = "share.element_settled"
"""The event of an element whose source, or whose names, are other ones now."""
