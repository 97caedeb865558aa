"""A list of parts as firms write it: what is read of it, and what is refused."""

import pytest

from chokepoint.errors import ChokepointError
from chokepoint.reading.part_lists import read_parts
from chokepoint.reading.queries import parse_query
from chokepoint.settings import PROJECT_DIR


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "parts.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_headers_marks_and_words_are_read_as_import_reads_them(tmp_path, encoding):
    text = (
        "Teile für den Einkauf\n\n"
        "Artikelnummer;Warennummer;Bestimmungsland;enthält;ohne;Endverwendung;Farbe\n"
        'A1;8505 11 10;Österreich;"NdFeB, Dy 2,5 %";Tb;zivil;rot\n'
        ";;;;;;\n"
        "A2;28256000;FR;GeO2;n/a;-;\n"
    )
    found = read_parts(written(tmp_path, text, encoding))
    assert found.unread == ["Farbe"]
    assert found.parts == [
        (4, {"part_id": "A1", "product_code": "8505 11 10", "destination": "Österreich",
             "contains": "NdFeB, Dy 2,5 %", "without": "Tb", "end_use": "civil"}),
        (6, {"part_id": "A2", "product_code": "28256000", "destination": "FR",
             "contains": "GeO2"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "why"),
    [
        # Ge would be read as what the good does not hold.
        ("code,destination,contains,without\n28256000,DE,ZrO2, Ge,\n", "line 2: 5 fields"),
        ("code,destination,contains\n28256000,DE,Zr\n28256000,DE,Zr,Ge\n", "line 3: 4 fields"),
        ("code,hs code\n1,2\n", "two columns are read as product_code"),
        ("part,contains\nA,Dy\n", "no column of customs codes; its first row has part, contains"),
        ("code,contains\n", "no part below its header"),
        ("", "empty"),
    ],
)
def test_what_would_be_read_wrongly_is_refused(tmp_path, text, why):
    with pytest.raises(ChokepointError, match=why):
        read_parts(written(tmp_path, text))


def test_a_parameter_that_there_was_says_what_takes_its_place():
    path = PROJECT_DIR / "queries" / "a03_is_covered.sql"
    question = parse_query("a03_is_covered", path.read_text(encoding="utf-8"), path)
    assert {"contains", "without"} <= {parameter.name for parameter in question.parameters}
    assert "--contains" in question.gone["composition"]
    assert "--without" in question.gone["composition"]
