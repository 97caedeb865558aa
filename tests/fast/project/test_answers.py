"""`tools.answers compare` names what a later checkout answers differently (made-up folders)."""

import json

import pytest

from tools.answers import KINDS, differences, numbers

COLUMNS = ("partner", "share", "note")
ROWS = [("CHN", 0.5, "high"), ("USA", 0.25, "low")]


def answer(*rows, columns=COLUMNS):
    cells = [{"key": "column", "value": name} for name in columns]
    cells += [{"value": dict(zip(columns, row, strict=False))} for row in rows]
    return [{"of": "a01 --reporter=DEU", **cell} for cell in cells]


def relation(name, **values):
    return [{"of": f"marts.{name}", "key": key, "value": text} for key, text in values.items()]


STORED = {
    "relations": relation("dim_ore", count="3", mass_kg="29") + relation("dim_port", count="5"),
    "answers": answer(*ROWS), "briefings": [{"of": "DEU", "key": "", "value": "# Germany"}],
}  # fmt: skip


def stored(folder, **kinds):
    folder.mkdir()
    for name in KINDS:
        records = (STORED | kinds).get(name, [])
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in records))
    return folder


@pytest.mark.parametrize(
    ("kind", "records", "said"),
    [
        ("relations", relation("dim_ore", count="3", mass_kg="30"),
         ["marts.dim_ore: 1 differ", "mass_kg: 29 -> 30", "marts.dim_port: 1 differ",
          "count: 5 -> none"]),
        ("answers", answer(ROWS[0], ("USA", 0.3, "low")),
         ["a01 --reporter=DEU: 1 differ", "low, USA: share: 0.25 -> 0.3"]),
        ("answers", answer(*ROWS, columns=COLUMNS[:2]),
         ["a01 --reporter=DEU: 1 differ", "column: note -> none"]),
        ("answers", answer(*ROWS, ROWS[1]),
         ["a01 --reporter=DEU: 3 differ", "low, USA: note: none -> low",
          "low, USA: partner: none -> USA", "low, USA: share: none -> 0.25"]),
        ("briefings", [*STORED["briefings"], {"of": "DEU", "key": "", "value": "More."}],
         ["DEU: 1 differ", ": none -> More."]),
    ],
)  # fmt: skip
def test_a_difference_is_named_with_what_it_is_of(tmp_path, kind, records, said):
    before, after = stored(tmp_path / "a"), stored(tmp_path / "b", **{kind: records})
    assert [line.strip() for line in differences(before, after)] == [f"{kind}:", *said]


def test_cells_that_change_places_between_rows_are_told(tmp_path):
    pairs = ([("CHN", 1, 2), ("CHN", 3, 4)], [("CHN", 1, 4), ("CHN", 3, 2)])
    before, after = (
        stored(tmp_path / str(side), answers=answer(*rows)) for side, rows in enumerate(pairs)
    )
    assert differences(before, after)[-1].endswith("cells stand together otherwise")


def test_the_order_of_lines_is_no_difference(tmp_path):
    turned = {name: list(reversed(records)) for name, records in STORED.items()}
    assert differences(stored(tmp_path / "a"), stored(tmp_path / "b", **turned)) == []


def test_numbers_of_a_page_come_with_the_words_around():
    page = "<style>p {margin: 7px}</style><p>In <b>2024</b> 1,250.5 t, or 89%, of HS2017</p>"
    assert numbers(page) == [
        ("In [] #,###.# t, or ", "2024"),
        ("In #### [] t, or ##%, of ", "1,250.5"),
        ("In #### #,###.# t, or [], of HS####", "89%"),
    ]
