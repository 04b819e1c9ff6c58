"""A Spark cluster as the engine: DuckDB judges each question and says what its answer looks like, the cluster works it out.

The data folder is on storage that the cluster sees under the same path. What the workers have found they write to `tmp/spark` there,
from where it is read batch by batch: however much it is, nothing passes through the memory of a driver.
"""

import secrets
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as arrow
from pyspark import SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

from quanyu.core.errors import Invalid
from quanyu.query.duck import DuckEngine
from quanyu.query.model import BATCH_ROWS, Failed, Failure, Parameters, Session
from quanyu.query.shapes import quoted, schema_of, spark_type
from quanyu.query.trees import spark_sql

_CONNECT = "sc://"
_FORSAKEN = 24 * 3600.0
_ASK = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
"""So that a question means here what it means to DuckDB."""

_OPEN = {
    "spark.app.name": "quanyu",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.task.reaper.enabled": "true",
    "spark.task.reaper.killTimeout": "10s",
}
"""Plans hold the secrets of masks, so nobody is shown them. A stopped join does not look whether it is to go on: without the reaper it
keeps its cores for as long as it lasts, and the next question waits for them."""


class SparkEngine:
    """One application of a cluster. For threads; what it says to the cluster begins with the first question."""

    patience = 600.0

    def __init__(self, cluster: str, folder: Path) -> None:
        self._cluster = cluster
        self._answers = folder / "tmp" / "spark"
        self._planner = DuckEngine(folder)
        self._turn = threading.Lock()
        self._open: SparkSession | None = None
        _sweep(self._answers)

    def session(self, files: Iterable[str]) -> "SparkQuestions":
        wanted = frozenset(files)
        spark = self._session()
        context = None if self._cluster.startswith(_CONNECT) else spark.sparkContext
        return SparkQuestions(spark, context, self._planner.session(wanted), wanted, self._answers)

    def close(self) -> None:
        with self._turn:
            if self._open is not None:
                self._open.stop()
                self._open = None
        self._planner.close()

    def _session(self) -> SparkSession:
        """Of its own for each asker: what one keeps for its questions another one never sees."""
        with self._turn:
            try:
                made = self._remote() if self._cluster.startswith(_CONNECT) else self._beside()
                for name, value in _ASK.items():
                    made.conf.set(name, value)
            except Exception as error:  # of the bridge to Java, or of the wire
                raise Failed(Failure.OTHER, type(error).__name__) from error
        return made

    def _remote(self) -> SparkSession:
        builder: SparkSession.Builder = SparkSession.builder
        return builder.remote(self._cluster).create()

    def _beside(self) -> SparkSession:
        if self._open is None:
            builder: SparkSession.Builder = SparkSession.builder
            for name, value in _OPEN.items():
                builder = builder.config(name, value)
            self._open = builder.master(self._cluster).getOrCreate()
        return self._open.newSession()


class SparkQuestions:
    """`context` is None with Spark Connect; elsewhere only it knows the work of other threads."""

    def __init__(
        self, spark: SparkSession, context: SparkContext | None, planner: Session, files: frozenset[str], answers: Path
    ) -> None:  # fmt: skip
        self._spark, self._planner, self._files = spark, planner, files
        self._folder = answers / secrets.token_hex(8)
        self._tag = f"quanyu-{self._folder.name}"
        self._stopped = False
        self._jobs = context

    def stream(self, sql: str, parameters: Parameters = ()) -> pa.RecordBatchReader:
        schema = self._planner.stream(f"select * from ({sql}) limit 0", parameters).schema
        named = _by_name(parameters)
        said = self._said(sql, named)
        target = self._folder / secrets.token_hex(4)
        self._worked(lambda: self._write(said, named, schema, target))
        return pa.RecordBatchReader.from_batches(schema, _read(target, schema))

    def columns(self, table: str) -> Mapping[str, str]:
        return self._planner.columns(table)

    def run(self, statement: str) -> None:
        self._planner.run(statement)
        said = self._said(statement, {})
        self._worked(lambda: self._spark.sql(said))

    def interrupt(self) -> None:
        self._stopped = True
        if self._jobs is None:
            self._spark.interruptTag(self._tag)
        else:
            self._jobs.cancelJobsWithTag(self._tag)

    def close(self) -> None:
        self._planner.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._jobs is None:
            self._spark.stop()  # this session alone: the gateway goes on

    def _said(self, sql: str, parameters: Mapping[str, object]) -> str:
        return spark_sql(sql, parameters, self._view)

    def _write(self, said: str, parameters: Mapping[str, object], schema: pa.Schema, target: Path) -> None:
        names = [f"c{place}" for place in range(len(schema))]
        scalars = {name: value for name, value in parameters.items() if not isinstance(value, list)}
        found = self._spark.sql(said, args=scalars).toDF(*names)
        shown = [
            sf.col(name).cast(spark_type(one.type)).alias(name)
            for name, one in zip(names, schema, strict=True)
        ]
        found.select(*shown).write.parquet(str(target))

    def _worked(self, work: Any) -> None:
        mark, unmark = (
            (self._spark.addTag, self._spark.removeTag)
            if self._jobs is None
            else (self._jobs.addJobTag, self._jobs.removeJobTag)
        )
        mark(self._tag)
        try:
            work()
        except PySparkException as error:
            raise Failed(
                Failure.STOPPED if self._stopped else Failure.OTHER, error.getCondition() or ""
            ) from None
        except Exception as error:  # of the bridge to Java, which has no tree of its own
            raise Failed(Failure.STOPPED if self._stopped else Failure.OTHER, type(error).__name__) from error
        finally:
            unmark(self._tag)

    def _view(self, files: Sequence[str], named: str) -> str:
        """Raises Invalid for a file that is not of this session."""
        if not files or not self._files.issuperset(files):
            raise Invalid("query.file")
        name = "files_" + sha256("\0".join((named, *files)).encode()).hexdigest()[:24]
        listed = ", ".join(_literal(one) for one in files)
        schema = self._planner.stream(
            f"select * from read_parquet([{listed}], union_by_name = true) limit 0"
        ).schema
        content = self._spark.read.schema(schema_of(schema)).parquet(*files)
        shown = [sf.col(quoted(one)) for one in schema.names]
        shown += [sf.col("_metadata.file_path").alias(named)] if named else []
        content.select(*shown).createOrReplaceTempView(name)
        return name


def _sweep(answers: Path) -> None:
    """What a node left that was killed; younger ones may be of another process of it."""
    for one in answers.glob("*"):
        if time.time() - one.stat().st_mtime > _FORSAKEN:
            shutil.rmtree(one, ignore_errors=True)


def _by_name(parameters: Parameters) -> dict[str, object]:
    """Days and moments as text: a question says itself what they are."""
    given = (
        dict(parameters)
        if isinstance(parameters, Mapping)
        else {f"p{number}": value for number, value in enumerate(parameters, start=1)}
    )
    plain = (str, int, float, bool, list, type(None))
    return {name: value if isinstance(value, plain) else str(value) for name, value in given.items()}


def _read(target: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """In the order of the parts, which is that of the answer; its types as DuckDB has them."""
    files = sorted(str(one) for one in target.glob("part-*.parquet"))
    for path in files:
        for batch in arrow.dataset(path, format="parquet").to_batches(batch_size=BATCH_ROWS):
            if batch.num_rows:
                columns = [_as(one, field.type) for one, field in zip(batch.columns, schema, strict=True)]
                yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _as(column: pa.Array, type_: pa.DataType) -> pa.Array:
    return pa.nulls(len(column)) if pa.types.is_null(type_) else column.cast(type_)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
