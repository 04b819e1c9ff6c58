"""No bytes lead to anything but a table or a refusal in words."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quanyu.connect.files import FileOptions, land
from quanyu.core.errors import Invalid

HEADS = [b"", b"a,b\n1,2\n", b"\xef\xbb\xbf", b"\xff\xfe", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"PAR1", b"{", b"[{",
         b'{"type":"FeatureCollection","features":[', b"\x03\x17\x05\x01", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html>"]  # fmt: skip
TAILS = st.one_of(
    st.binary(max_size=300),
    st.text('ab,;\t"\n\r1.5 年月日合计：{}[]:\ufeff\x00', max_size=120).map(
        lambda text: text.encode("gb18030")
    ),
)
ENDINGS = st.sampled_from([".csv", ".xlsx", ".json", ".dbf", ".shp", ".parquet", ".gz", ".zip", ""])
many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _landed_or_refused(path: Path, workdir: Path) -> None:
    workdir.mkdir(exist_ok=True)
    try:
        tables = land(path, workdir=workdir, options=FileOptions(), progress=lambda _: None)
    except Invalid:
        return
    assert all(table.columns for table in tables)


@many
@given(st.sampled_from(HEADS), TAILS, ENDINGS)
def test_any_bytes_are_a_table_or_are_refused(tmp_path: Path, head: bytes, tail: bytes, ending: str) -> None:
    path = tmp_path / f"file{ending}"
    path.write_bytes(head + tail or b"x")
    _landed_or_refused(path, tmp_path / "work")


@pytest.mark.parametrize("form", ["dbf", "xlsx", "xls", "parquet", "arrow", "orc", "zip"])
def test_a_good_file_with_a_byte_changed_is_a_table_or_is_refused(tmp_path: Path, form: str) -> None:
    good = _good(tmp_path, form)

    @many
    @given(st.integers(0, len(good) - 1), st.integers(0, 255), st.booleans())
    def changed(at: int, byte: int, is_cut: bool) -> None:
        path = tmp_path / f"changed.{form}"
        path.write_bytes(good[:at] if is_cut and at else good[:at] + bytes([byte]) + good[at + 1 :])
        _landed_or_refused(path, tmp_path / "work")

    changed()


def _good(folder: Path, form: str) -> bytes:
    path = folder / f"good.{form}"
    if form in ("parquet", "arrow", "orc"):
        import pyarrow
        from pyarrow import feather, orc, parquet

        write = {"parquet": parquet.write_table, "arrow": feather.write_feather, "orc": orc.write_table}[form]
        write(pyarrow.table({"编号": ["A1", "A2"], "数": [1, 2]}), str(path))
    elif form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("数据/one.csv", "编号,数\nA1,1\n")
    elif form == "xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        book.active.append(["编号", "数"])
        book.active.append(["A1", 1])
        book.save(path)
    elif form == "xls":
        import xlwt

        sheet = (book := xlwt.Workbook()).add_sheet("数据")
        sheet.write(0, 0, "编号")
        sheet.write(1, 0, "A1")
        book.save(str(path))
    else:
        from tests.unit.connect.files.test_memos import third

        path.write_bytes(third([b"memo", b""])[0])
    return path.read_bytes()
