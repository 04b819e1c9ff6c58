"""What is shown instead of a masked value: in SQL where the engine can, on its columns where a key or our own words are needed.

Keys are made of the contract's own secret, so values of two contracts cannot be matched.
"""

import hmac
from collections.abc import Callable, Mapping
from hashlib import sha256

import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from quanyu.core.errors import Invalid
from quanyu.exchange.policy.terms import Mask, MaskKind, Unit
from quanyu.govern.grading.masking import MASKS
from quanyu.govern.quality.quote import literal

_STAR = "****"
_TOKEN = "tk_"  # noqa: S105 (how tokens begin)
Parameters = dict[str, object]
Afterwards = Callable[[str], str]
"""Applied to each different value of a column as it leaves the engine."""


def masked_sql(value: str, type_: str, mask: Mask, key: bytes, parameters: Parameters) -> str:
    """The expression that is shown for the SQL expression `value` of a type; secrets go into `parameters`."""
    match mask:
        case Mask(kind=MaskKind.HASH):
            name = _parameter(parameters, derived(key, "hash").hex())
            return f"left(sha256({name} || {value}::varchar || {name}), 32)"
        case Mask(kind=MaskKind.TRUNCATE, keep=int(keep)):
            text = f"{value}::varchar"
            return f"case when length({text}) > {keep} then left({text}, {keep}) || '{_STAR}' else {text} end"
        case Mask(kind=MaskKind.GENERALISE, unit=Unit() as unit):
            return f"date_trunc({literal(unit.value)}, try_cast({value} as date))::date"
        case Mask(kind=MaskKind.GENERALISE) if mask.step is not None:
            return f"floor(try_cast({value} as double) / {float(mask.step)!r}) * {float(mask.step)!r}"
        case Mask(kind=MaskKind.SHIFT, days=int(days)):
            name = _parameter(parameters, shift_of(key, days))
            return f"(try_cast({value} as date) + {name}::integer)"
        case Mask(kind=MaskKind.TOKEN | MaskKind.REDACT):
            return f"{value}::varchar"
    return "null"


def afterwards(mask: Mask, key: bytes) -> Afterwards | None:
    """What is done to text that has left the engine."""
    if mask.kind is MaskKind.TOKEN:
        return Tokens(key).token
    if mask.kind is MaskKind.REDACT:
        return MASKS[mask.content or ""]
    return None


def applied(batch: pa.RecordBatch, work: Mapping[int, Afterwards]) -> pa.RecordBatch:
    """A batch with some columns replaced; each different value is worked on once."""
    for index, change in work.items():
        encoded = batch.column(index).dictionary_encode()
        words = [None if one is None else change(one) for one in encoded.dictionary.to_pylist()]
        shown = pa.DictionaryArray.from_arrays(encoded.indices, pa.array(words, pa.string())).cast(
            pa.string()
        )
        batch = batch.set_column(index, batch.schema.field(index).with_type(pa.string()), shown)
    return batch


class Tokens:
    """Deterministic authenticated encryption (AES-SIV, RFC 5297): equal values, equal tokens; only the key turns them back."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(derived(key, "token") + derived(key, "token 2"))

    def token(self, value: str) -> str:
        return _TOKEN + self._cipher.encrypt(value.encode("utf-8", "surrogatepass"), None).hex()

    def value(self, token: str) -> str:
        """Raises Invalid for what this contract has not given out."""
        try:
            return self._cipher.decrypt(bytes.fromhex(token.removeprefix(_TOKEN)), None).decode()
        except (InvalidTag, ValueError):
            raise Invalid("exchange.token.foreign", token=token[:40]) from None


def derived(key: bytes, use: str) -> bytes:
    return hmac.digest(key, use.encode(), sha256)


def shift_of(key: bytes, days: int) -> int:
    """From -days to days, never 0."""
    drawn = int.from_bytes(derived(key, "shift")[:8], "big") % (2 * days)
    return drawn - days if drawn < days else drawn - days + 1


def _parameter(parameters: Parameters, value: object) -> str:
    name = f"p{len(parameters)}"
    parameters[name] = value
    return f"${name}"
