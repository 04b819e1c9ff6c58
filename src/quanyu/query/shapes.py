"""Columns as Arrow has them, as types of Spark."""

import pyarrow as pa

from quanyu.core.errors import Invalid

_PLAIN = {
    pa.bool_(): "boolean", pa.int8(): "tinyint", pa.int16(): "smallint", pa.int32(): "int", pa.int64(): "bigint",
    pa.uint8(): "smallint", pa.uint16(): "int", pa.uint32(): "bigint", pa.uint64(): "decimal(20, 0)",
    pa.float32(): "float", pa.float64(): "double", pa.string(): "string", pa.large_string(): "string", pa.binary(): "binary",
    pa.large_binary(): "binary", pa.date32(): "date", pa.null(): "string",
}  # fmt: skip


def spark_type(type_: pa.DataType) -> str:
    """Raises Invalid for what Spark cannot hold (times of a day, spans)."""
    if (known := _PLAIN.get(type_)) is not None:
        return known
    if pa.types.is_timestamp(type_):
        return "timestamp" if type_.tz else "timestamp_ntz"
    if pa.types.is_decimal(type_):
        return f"decimal({type_.precision}, {type_.scale})"
    if pa.types.is_list(type_):
        return f"array<{spark_type(type_.value_type)}>"
    if pa.types.is_struct(type_):
        inner = ", ".join(f"{quoted(one.name)}: {spark_type(one.type)}" for one in type_)
        return f"struct<{inner}>"
    raise Invalid("query.word", word=str(type_)[:60])


def schema_of(schema: pa.Schema) -> str:
    return ", ".join(f"{quoted(one.name)} {spark_type(one.type)}" for one in schema)


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
