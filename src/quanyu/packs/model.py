"""A pack: one value that lists everything it brings (场景包). The list of fields is closed; importing a pack does nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Any

from quanyu.govern.quality.rules import Rule as QualityRule

API = 1
"""Version of this door. A pack says which one it was written for; a field is only ever added, with a default."""

Json = Mapping[str, Any]
Texts = Mapping[str, str]
"""A text by language: zh-CN and en."""


class ViewKind(StrEnum):
    LAYER = "layer"  # entities of a type on the map
    CARD = "card"  # a figure with its trend
    PAGE = "page"  # blocks under each other


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the portal shows of a pack. `body` is data (docs/packs.md); `module` the address of a built module instead. `own`: each
    organisation that works through the pack is shown what is its own there, so that its people see it, too."""

    name: str
    kind: ViewKind
    titles: Texts
    body: Json = field(default_factory=dict)
    module: str | None = None
    action: str = "map.read"
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRule:
    """A quality rule of a dataset; kept for the dataset's first import where it is not there yet."""

    dataset: str
    rule: QualityRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A thing a city sets: a threshold, an address. `kind`: number, text or flag. `names`: what of the city a text names
    (dataset, class, organisation, organisations), so that another city is told what it has not."""

    name: str
    kind: str
    default: Any
    titles: Texts
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    names: str | None = None


IN_CHARGE = Parameter(
    name="body",
    kind="text",
    default="",
    names="organisation",
    titles={"zh-CN": "主管部门", "en": "Body in charge"},
)
PARTNERS = Parameter(
    name="partners", kind="text", default="", names="organisations",
    titles={"zh-CN": "参与单位（以逗号分隔，空为所有单位）", "en": "Who works through it (separated by commas; empty: every organisation)"},
)  # fmt: skip
COMMON = (IN_CHARGE, PARTNERS)
"""What a city sets of every pack: for whom it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """A pure function from values to a value. `inputs` and `outputs` are JSON schemas by name."""

    name: str
    titles: Texts
    inputs: Mapping[str, Json]
    outputs: Mapping[str, Json]
    run: Callable[..., Any]
    version: str = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoData:
    """A file that fills a dataset of the demonstration city."""

    dataset: str
    file: Traversable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pack:
    """Two packs are the same only where they are one value: what they list includes functions.

    `package` is the Python package that holds it, `__name__` there. `models`, `code_lists`, `sources`, `rules`, `workflows` and `indicators` are their JSON forms, as their routes take them.

    `routes` are Litestar handlers below `/api/v1/packs/{name}/`, each with its action. `migrations` is a folder of
    `NNNN_name.sql`; its tables begin with the pack's name. `messages` are texts by language and key; keys begin with the name.
    """

    name: str
    version: str
    titles: Texts
    about: Texts = field(default_factory=dict)
    package: str = ""
    api: int = API
    models: Sequence[Json] = ()
    code_lists: Sequence[Json] = ()
    sources: Sequence[Json] = ()
    quality_rules: Sequence[DatasetRule] = ()
    rules: Sequence[Json] = ()
    workflows: Sequence[Json] = ()
    indicators: Sequence[Json] = ()
    algorithms: Sequence[Algorithm] = ()
    views: Sequence[View] = ()
    parameters: Sequence[Parameter] = ()
    routes: Sequence[Any] = ()
    migrations: Traversable | None = None
    messages: Mapping[str, Texts] = field(default_factory=dict)
    demo: Sequence[DemoData] = ()

    @property
    def settings(self) -> tuple[Parameter, ...]:
        return (*COMMON, *self.parameters)

    @property
    def prefix(self) -> str:
        return f"/api/v1/packs/{self.name}/"
