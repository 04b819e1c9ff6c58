import pytest

from quanyu.core.errors import Invalid, NotFound, Unavailable
from quanyu.packs import Algorithm, Pack
from quanyu.packs.algorithms import Algorithms
from quanyu.packs.finding import Found
from quanyu.packs.testing import City


def _mean(values: list[float], digits: int = 1) -> dict[str, float]:
    if not values:
        raise ValueError("nothing to count")
    return {"mean": round(sum(values) / len(values), digits)}


def _pack(run: object = _mean) -> Pack:
    mean = Algorithm(
        name="mean", titles={"zh-CN": "均值", "en": "Mean"}, version="2", run=run,  # type: ignore[arg-type]
        inputs={"values": {"type": "array"}, "digits": {"type": ["integer", "null"], "default": 1}},
        outputs={"mean": {"type": "number"}},
    )  # fmt: skip
    return Pack(
        name="counts",
        version="1.0",
        package=__name__,
        titles={"zh-CN": "计数", "en": "Counts"},
        algorithms=(mean,),
    )


def _algorithms(city: City, pack: Pack) -> Algorithms:
    return Algorithms((Found(name="counts", origin="quanyu", pack=pack),), city.database)


async def test_an_algorithm_is_offered_and_run_while_its_pack_is_on(city: City) -> None:
    pack = _pack()
    algorithms = _algorithms(city, pack)
    assert await algorithms.offers(city.actor) == []
    with pytest.raises(NotFound):
        await algorithms.run(city.actor, "counts.mean", {"values": [1]})
    await city.enable(pack)
    (offer,) = await algorithms.offers(city.actor)
    run = await algorithms.run(city.actor, "counts.mean", {"values": [1, 2, 4], "digits": 2})
    assert (offer.id, run.process, run.version, run.outputs) == (
        "counts.mean",
        "counts.mean",
        "2",
        {"mean": 2.33},
    )


@pytest.mark.parametrize(
    ("inputs", "where"),
    [
        ({}, {"/values"}), ({"values": 1, "digits": True}, {"/values", "/digits"}), ({"values": [1], "x": 1}, {"/x"}),
        ({"values": []}, {"/"}),
    ],
)  # fmt: skip
async def test_inputs_of_another_form_are_refused_with_every_fault(
    city: City, inputs: dict[str, object], where: set[str]
) -> None:
    pack = _pack()
    await city.enable(pack)
    with pytest.raises(Invalid) as refused:
        await _algorithms(city, pack).run(city.actor, "counts.mean", inputs)
    assert {fault.where for fault in refused.value.faults} == where


@pytest.mark.parametrize(
    "run",
    [lambda values: 1, lambda values: {"median": 1}, lambda values: {"mean": object()}, lambda values: 1 / 0],
)
async def test_an_algorithm_that_breaks_its_word_is_told_as_failed(city: City, run: object) -> None:
    pack = _pack(run)
    await city.enable(pack)
    with pytest.raises(Unavailable):
        await _algorithms(city, pack).run(city.actor, "counts.mean", {"values": [1]})
