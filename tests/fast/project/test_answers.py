"""`tools.answers compare` names what a later checkout answers differently (made-up folders)."""

import json

import pytest

from tools.answers import differences, numbers

RELATIONS = [
    {"of": "marts.dim_ore", "key": "(count)", "value": "3"},
    {"of": "marts.dim_ore", "key": "ore_code", "value": "17"},
    {"of": "marts.dim_ore", "key": "mass_kg", "value": "29"},
    {"of": "marts.dim_ore", "key": "(rows)", "value": "41"},
    {"of": "marts.dim_port", "key": "(count)", "value": "5"},
]
ANSWERS = [
    {"of": "a01 --reporter=DEU", "key": "columns", "value": ["partner", "share", "note"]},
    {"of": "a01 --reporter=DEU", "row": {"partner": "CHN", "share": 0.5, "note": "high"}},
    {"of": "a01 --reporter=DEU", "row": {"partner": "USA", "share": 0.25, "note": "low"}},
]
BRIEFINGS = [{"of": "DEU", "value": "# Germany"}]
SAMPLES = [
    {"of": "hmrc/1/x.csv", "key": "outcome", "value": "148 rows landed, 1 did not"},
    {"of": "hmrc/1/x.csv", "row": {"line_number": 3, "column_name": "hs6", "value": "85"}},
]
STORED = {
    "relations": RELATIONS, "answers": ANSWERS, "briefings": BRIEFINGS, "samples": SAMPLES,
}  # fmt: skip


def stored(folder, **kinds):
    folder.mkdir()
    for name, records in (STORED | kinds).items():
        text = "".join(f"{json.dumps(record)}\n" for record in records)
        (folder / f"{name}.jsonl").write_text(text)
    return folder


def with_value(records, number, **cells):
    """The records with other cells in one of them."""
    return [*records[:number], records[number] | cells, *records[number + 1 :]]


@pytest.mark.parametrize(
    ("kind", "records", "said"),
    [
        ("relations", with_value(RELATIONS, 2, value="30")[:4],
         ["marts.dim_port: removed", "marts.dim_ore: 1 changed, 0 added, 0 removed",
          "mass_kg: 29 -> 30"]),
        ("answers", [], ["a01 --reporter=DEU: removed"]),
        ("answers", with_value(ANSWERS, 2, row={"partner": "USA", "share": 0.3, "note": "low"}),
         ["a01 --reporter=DEU: 1 changed, 0 added, 0 removed",
          'share 0.25 -> 0.3 in ["USA", "low"]']),
        ("answers",
         [ANSWERS[0] | {"value": ["partner", "share"]},
          *({"of": one["of"], "row": one["row"] | {"note": None}} for one in ANSWERS[1:])],
         ["a01 --reporter=DEU: 0 changed, 0 added, 1 removed", "- column note"]),
        ("briefings", [*BRIEFINGS, {"of": "DEU", "value": "More."}],
         ["DEU: 0 changed, 1 added, 0 removed", '+ "More."']),
        ("samples", with_value(SAMPLES, 0, value="149 rows landed, 0 did not")[:1],
         ["hmrc/1/x.csv: 1 changed, 0 added, 1 removed",
          "outcome: 148 rows landed, 1 did not -> 149 rows landed, 0 did not",
          '- ["hs6", "85"] {"line_number": 3, "column_name": "hs6", "value": "85"}']),
    ],
)  # fmt: skip
def test_a_difference_is_named_with_what_it_is_of(tmp_path, kind, records, said):
    before, after = stored(tmp_path / "a"), stored(tmp_path / "b", **{kind: records})
    head, *lines = differences(before, after)
    assert head.startswith(f"{kind}: ")
    assert sorted(line.strip() for line in lines) == sorted(said)


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
