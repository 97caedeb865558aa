"""Tables as firms keep them land with the right figures, or raise the right question."""

import csv
import datetime as dt
import io
import re
import stat
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from firm_tables import STOCK, TABLES, FirmTable
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from openpyxl import Workbook, load_workbook

from chokepoint.cli import imports, own_files
from chokepoint.errors import ChokepointError
from chokepoint.landing.intake import templates, words
from chokepoint.landing.intake.templates import own_contracts
from chokepoint.reading import part_lists
from chokepoint.settings import PROJECT_DIR, Settings


@pytest.fixture
def home(tmp_path) -> Settings:
    return Settings(project_dir=PROJECT_DIR, data_dir=tmp_path / "data", threads=1)


def no_question(question):
    raise AssertionError(f"asked {question.text!r}")


def only_the_day(question):
    """Each file has a day of its own; where it does not say it, that is all that is asked."""
    assert question.key == "as_of_date", question
    return "2026-10-31"


def landed(home: Settings, table: str, columns: str) -> list[tuple]:
    files = [str(path) for path in (home.landing_dir / table).rglob("*.parquet")]
    shown = ", ".join(f"cast({name} as varchar)" for name in columns.split(", "))
    found = duckdb.execute(f"select {shown} from read_parquet(?) order by all", [files])
    return found.fetchall()


@pytest.mark.parametrize("case", TABLES, ids=lambda case: case.name)
def test_a_firms_table(case, home, tmp_path, capsys):
    path = case.write(tmp_path)
    asked = []

    def ask(question):
        if question.key == "land":
            return "yes"
        asked.append(question.text)
        said = case.answer(question.text)
        assert not question.choices or said in question.choices, question
        return said

    if case.error:
        with pytest.raises(ChokepointError) as raised:
            imports.run(home, [path], ask=ask, **case.options)
        assert re.search(case.error, str(raised.value)), raised.value
        assert not list(home.landing_dir.glob("exposure_*")), "something has landed"
        return
    assert imports.run(home, [path], ask=ask, **case.options) == 0
    said = capsys.readouterr().out
    for pattern in case.answers:
        assert any(re.search(pattern, text) for text in asked), f"{pattern} was not asked"
    for pattern in case.guessed:
        assert re.search(pattern, said), said
    assert {int(line) for line in re.findall(r"line (\d+) is left out", said)} == set(case.left_out)
    for table, (columns, rows) in case.landed.items():
        assert landed(home, table, columns) == rows
        assert set(landed(home, table, "data_origin")) == {("own",)}

    # The same file again: not a question, not a row more.
    again = ask if case.is_asked_again else only_the_day
    assert imports.run(home, [path], ask=again, **case.options) == 0
    for table, (columns, rows) in case.landed.items():
        assert landed(home, table, columns) == rows


def test_without_a_terminal_a_mapping_is_left_to_fill_in(home, tmp_path, capsys):
    case = next(one for one in TABLES if one.name == "bestand_2026-10-31.csv")
    path = case.write(tmp_path)
    for yes in (False, True):
        assert imports.run(home, [path], yes=yes) == 2, "--yes must not answer an ambiguity"
    assert not (home.landing_dir / STOCK).exists()
    mapping = home.data_dir / "mappings" / "bestand_2026-10-31.yml"
    assert stat.S_IMODE(mapping.stat().st_mode) == 0o600
    assert stat.S_IMODE(mapping.parent.stat().st_mode) == 0o700
    content = yaml.safe_load(mapping.read_text())
    (question,) = content["questions"]
    assert question["choices"] == ["14.400 is 14.4", "14.400 is 14400"]
    question["answer"] = "14.400 is 14400"
    mapping.write_text(yaml.safe_dump(content))
    assert imports.run(home, [path], yes=True) == 0
    assert landed(home, STOCK, "quantity") == [("1200.000000",), ("14400.000000",)]
    assert "questions" not in yaml.safe_load(mapping.read_text())


def test_without_a_terminal_what_is_clear_waits_for_yes(home, tmp_path):
    """A column of money is no second quantity."""
    path = tmp_path / "stock.csv"
    path.write_text("site,part,qty,unit,date,Total (EUR)\nS1,P1,1,pcs,2026-10-01,7\n")
    assert imports.run(home, [path]) == 2
    assert not (home.landing_dir / STOCK).exists()
    assert imports.run(home, [path], yes=True) == 0
    assert landed(home, STOCK, "part_id") == [("P1",)]


@pytest.mark.parametrize(
    ("name", "other"),
    [("quantity", "qty_available"), ("quantity", "weight (kg)"), ("On hand", "Available"),
     ("On hand", "Total"), ("Bestand", "Freier Bestand"), ("stock", "Closing balance"),
     ("Physical", "On hand"), ("Stock", "Disponible")],
)  # fmt: skip
def test_a_second_column_of_quantities_is_asked_about(home, tmp_path, name, other):
    path = tmp_path / "stock_2026-10-31.csv"
    path.write_text(f"site,part,{name},{other}\nS1,P1,5,7\n")
    asked = []

    def ask(question):
        asked.append(question.text)
        return question.choices[-1] if question.choices else "pieces"

    assert imports.run(home, [path], yes=True) == 2, "nobody has told"
    imports.run(home, [path], ask=ask)
    assert {f"which column holds quantity: {one!r} or {two!r}?"
            for one, two in ((name, other), (other, name))} & set(asked)  # fmt: skip


def test_an_answer_that_is_none_is_asked_again(home, tmp_path, capsys):
    path = tmp_path / "stock.csv"
    path.write_text("site,part,qty,unit\nS1,P1,14.400,pcs\n")
    assert imports.run(home, [path], as_of="2026-10-01", ask=lambda question: "perhaps") == 2
    assert "'perhaps' is no answer" in capsys.readouterr().out
    assert not (home.landing_dir / STOCK).exists()


def test_no_answer_is_lost(home, tmp_path, capsys):
    """Ctrl-C after the first answer, a no to what would land, then a yes."""
    (case,) = [one for one in TABLES if one.name == "Lager.csv"]
    path, asked = case.write(tmp_path), []
    path.write_text(path.read_text().replace("Stand\n", "\n").replace(";30.11.2026", ""))

    def ask(question):
        asked.append(question.key)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return "no" if question.key == "land" and len(asked) == 4 else said[question.key]

    said = {"site_id": "Aalen", "as_of_date": "2026-11-30", "land": "yes"}
    with pytest.raises(KeyboardInterrupt):
        imports.run(home, [path], ask=ask)
    assert "answers given are kept in" in capsys.readouterr().out
    assert [imports.run(home, [path], ask=ask) for _ in range(2)] == [2, 0]
    assert asked == ["site_id", "as_of_date", "as_of_date", "land", "land"]
    assert [row[0] for row in landed(home, STOCK, "site_id")] == ["Aalen", "Aalen"]


def stock(path: Path, rows: str, header: str = "Werk;Teil;Menge (Stk)") -> Path:
    path.write_text(f"{header}\n{rows}\n", encoding="utf-8")
    return path


def answering(**answers: str):
    def ask(question):
        for part, said in {"land": "yes", **answers}.items():
            if part in question.key or part in question.text:
                return said
        raise AssertionError(question)

    return ask


def test_the_next_file_is_silent_and_has_its_own_day(home, tmp_path):
    first = stock(tmp_path / "bestand_2026-09-30.csv", "Ost;P1;1.234,5")
    second = stock(tmp_path / "bestand_2026-10-31.csv", "Ost;P1;2.000")
    imports.run(home, [first], ask=answering())
    assert imports.run(home, [second], ask=no_question) == 0
    assert landed(home, STOCK, "quantity, as_of_date") == [
        ("1234.500000", "2026-09-30"),
        ("2000.000000", "2026-10-31"),
    ]
    third = stock(tmp_path / "bestand.csv", "Ost;P1;3")
    with pytest.raises(ChokepointError, match="--as-of"):
        imports.run(home, [third])
    assert imports.run(home, [third], as_of="2026-11-01") == 0


def test_the_use_beside_the_stock_is_of_the_month_of_each_file(home, tmp_path):
    header = "Werk;Teil;Menge (Stk);Monatsverbrauch"
    for day, use in (("2026-09-30", 3), ("2026-10-31", 4)):
        path = stock(tmp_path / f"stock_{day}.csv", f"Ost;P1;14;{use}\n", header)
        assert imports.run(home, [path], yes=True) == 0
    found = landed(home, "exposure_consumption", "period, quantity")
    assert found == [("2026-09", "3.000000"), ("2026-10", "4.000000")]


@pytest.mark.parametrize(
    ("header", "first", "later", "answers", "quantities"),
    [
        # A notation that the first file did not have, a unit that is new, batches.
        ("Werk;Teil;Menge (Stk)", "Ost;P1;12", "Ost;P1;14.400", {"14.400": "14.400 is 14400"},
         {"14400.000000"}),
        ("Werk;Teil;Menge;ME", "Ost;P1;1200;kg", "Ost;P1;7;t\nOst;P2;3;pcs", {"mass": "gross_kg"},
         {"7000.000000", "3.000000"}),
        ("Werk;Teil;Menge (Stk)", "Ost;P1;12", "Ost;P1;500\nOst;P1;500", {"repeats": "add up"},
         {"1000.000000"}),
    ],
)  # fmt: skip
def test_what_the_mapping_does_not_tell_how_to_read_is_asked_about(
    home, tmp_path, header, first, later, answers, quantities
):
    for name, rows in (("a_2026-09-30.csv", first), ("b_2026-10-31.csv", later)):
        path = stock(tmp_path / name, rows, header)
        assert imports.run(home, [path], ask=answering(**answers)) == 0
    assert {(one,) for one in quantities} <= set(landed(home, STOCK, "quantity"))


def test_a_sheet_that_the_mapping_does_not_know_is_looked_at(home, tmp_path):
    """A new plant on a sheet of its own lands too; notes that were passed over once stay so."""
    head = "Site;Part;Qty;Unit;Date\n"
    east, west = (f"{head}{site};P1;1;pcs;'2026-10-01" for site in ("S1", "S2"))
    notes = "Remarks\ncounted by night"
    first = FirmTable("a.xlsx", {"East": east, "More": notes}).write(tmp_path)
    imports.run(home, [first], ask=answering())
    same = FirmTable("b.xlsx", {"East": east, "More": notes}).write(tmp_path)
    assert imports.run(home, [same], ask=no_question) == 0
    later = FirmTable("c.xlsx", {"East": east, "West": west, "More": notes}).write(tmp_path)
    mapping = home.data_dir / "mappings" / "a.yml"
    with pytest.raises(ChokepointError, match="the sheet West"):
        imports.run(home, [later], mapping_path=mapping)
    assert imports.run(home, [later], ask=answering()) == 0
    assert ("S2",) in landed(home, STOCK, "site_id")


def test_a_draft_that_was_corrected_lands_as_corrected(home, tmp_path):
    path = stock(tmp_path / "a_2026-09-30.csv", "Ost;P1;12")
    assert imports.run(home, [path]) == 2
    draft = home.data_dir / "mappings" / "a_2026-09-30.yml"
    draft.write_text(draft.read_text().replace("value: firm", "value: north"))
    assert imports.run(home, [path]) == 2, "corrected is not confirmed"
    assert "value: north" in draft.read_text()
    assert imports.run(home, [path], yes=True) == 0
    assert landed(home, STOCK, "graph_id") == [("north",)]


def test_a_draft_of_another_file_is_refused_by_name(home, tmp_path):
    imports.run(home, [stock(tmp_path / "a_2026-09-30.csv", "Ost;P1;14.400")])
    draft = home.data_dir / "mappings" / "a_2026-09-30.yml"
    other = stock(tmp_path / "b_2026-09-30.csv", "Ost;P1;14.400")
    with pytest.raises(ChokepointError, match=r"draft for a_2026-09-30\.csv, not for b_"):
        imports.run(home, [other], mapping_path=draft)


@pytest.mark.parametrize(("part", "form"), [(123000, "0.00E+00"), (4001234567890100, "0")])
def test_a_part_number_that_a_workbook_has_shortened_is_refused(home, tmp_path, part, form):
    book = Workbook()
    book.active.append(["Site", "Part", "Qty", "Unit", "Date"])
    book.active.append(["S1", part, 1, "pcs", "2026-10-01"])
    book.active["B2"].number_format = form
    book.save(path := tmp_path / "parts.xlsx")
    with pytest.raises(ChokepointError, match="lost"):
        imports.run(home, [path], ask=answering())
    book.active["B2"].number_format = "0"
    book.active["B2"] = 123000
    book.active["C2"].number_format = "0.00E+00"
    book.save(path)
    assert imports.run(home, [path], ask=answering()) == 0
    assert landed(home, STOCK, "part_id, quantity") == [("123000", "1.000000")]


def test_a_mapping_of_another_file_is_refused_by_name(home, tmp_path):
    imports.run(home, [stock(tmp_path / "a_2026-09-30.csv", "Ost;P1;12")], ask=answering())
    mapping = home.data_dir / "mappings" / "a_2026-09-30.yml"
    other = tmp_path / "other.csv"
    other.write_text("site,part,qty,unit,date\nS1,P1,1,pcs,2026-10-01\n")
    with pytest.raises(ChokepointError, match=r"for another file.*'Werk'"):
        imports.run(home, [other], mapping_path=mapping)
    broken = tmp_path / "broken.yml"
    for text, told in (
        ("sheets: [1, 2\n", "cannot be read as YAML"), ("- 1\n", "it has no `sheets`"),
        ("file: a\nsheets: [{table: 3}]\n", r"is no mapping \(sheets\.0\.sheet: Field required"),
        ("file: a\nsheets: [{sheet: b, colums: {}}]\n", r"sheets\.0\.colums: Unexpected"),
        ("file: a\nsheets: [{sheet: b, columns: {x: {factors: 2}}}]\n", r"columns\.x\.factors"),
    ):  # fmt: skip
        broken.write_text(text)
        with pytest.raises(ChokepointError, match=rf"broken\.yml.*{told}"):
            imports.run(home, [other], mapping_path=broken)


def test_several_own_graphs_are_asked_about(home, tmp_path):
    for name, graph in (("a_2026-09-30", "north"), ("b_2026-09-29", "south")):
        path = stock(tmp_path / f"{name}.csv", "Ost;P1;12")
        imports.run(home, [path], graph_id=graph, ask=answering())
    new = tmp_path / "use.csv"
    new.write_text("site,part,month,consumption (pcs)\nOst,P1,2026-09,4\n")
    assert imports.run(home, [new], ask=answering(graph_id="south")) == 0
    assert landed(home, "exposure_consumption", "graph_id") == [("south",)]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("locked.xlsx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "password"),
        ("macro.xlsm", b"PK\x03\x04", "may hold macros"), ("empty.csv", b"  \n", "empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0", "NUL bytes|does not decode"),
    ],
)  # fmt: skip
def test_a_password_macros_and_other_kinds_are_named(home, tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ChokepointError, match=words):
        imports.run(home, [tmp_path / name])
    with pytest.raises(ChokepointError, match="is no file"):
        imports.run(home, [tmp_path / "nothing.xlsx"])


def test_a_word_names_one_column_of_a_table():
    path = Path(words.__file__).with_name("words.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    own = own_contracts()
    columns = {table: contract.column_names for table, contract in own.items()}
    columns["part_list"] = part_lists.COLUMNS
    for table in {row["table"] for row in rows}:
        assert table in columns or table == words.ANY, table
        meant: dict[str, str] = {}
        for row in rows:
            if row["table"] != table or row["value"] or row["column"] in ("", "not_read", "total"):
                continue
            if table != words.ANY:
                assert row["column"] in columns[table], (table, row["column"])
            for language in words.LANGUAGES:
                for word in filter(None, map(words.normal, row[language].split("|"))):
                    assert meant.setdefault(word, row["column"]) == row["column"], (table, word)
    for row in rows:
        if row["table"] in own and row["value"] not in ("", words.EMPTY_VALUE):
            assert row["value"] in own[row["table"]].column(row["column"]).allowed, row
        assert all(row[language] for language in words.LANGUAGES), row


AMOUNTS = st.decimals(min_value=0, max_value=10**7, places=3, allow_nan=False)
NOTATIONS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([";", "\t", "|", ","]),
        "decimal": st.sampled_from([".", ","]),
        "grouped": st.booleans(),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
        "day": st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d"]),
        "header": st.sampled_from(
            ["Werk|Teilenummer|Menge|ME|Stichtag", "plant|part no|qty|uom|as of",
             "usine|référence|quantité|unité|date", "planta|referencia|existencias|unidad|fecha"]
        ),
        "is_workbook": st.booleans(),
    }
)  # fmt: skip


def written(amount: Decimal, notation: dict) -> str:
    text = f"{amount:,.3f}" if notation["grouped"] else f"{amount:.3f}"
    swap = {",": ".", ".": ","} if notation["decimal"] == "," else {}
    return "".join(swap.get(char, char) for char in text)


@tried(10)
@given(
    rows=st.lists(st.tuples(AMOUNTS, st.dates(dt.date(2010, 1, 1), dt.date(2026, 10, 31))),
                  min_size=1, max_size=8),
    notation=NOTATIONS,
)  # fmt: skip
def test_a_table_in_any_notation_is_read_back_equal(tmp_path_factory, rows, notation):
    folder = tmp_path_factory.mktemp("notation")
    home = Settings(project_dir=PROJECT_DIR, data_dir=folder / "data")
    header = notation["header"].split("|")
    cells = [
        ["Süd", f"P{number}", written(amount, notation), "pcs", day.strftime(notation["day"])]
        for number, (amount, day) in enumerate(rows)
    ]
    path = folder / ("t.xlsx" if notation["is_workbook"] else "t.csv")
    if notation["is_workbook"]:
        book = Workbook()
        for row in [header, *cells]:
            book.active.append(row)
        book.save(path)
    else:
        file = io.StringIO()
        csv.writer(file, delimiter=notation["delimiter"]).writerows([header, *cells])
        path.write_bytes(file.getvalue().encode(notation["encoding"]))

    def ask(question):
        """Whoever wrote the table knows which way is meant."""
        if question.key == "land":
            return "yes"
        assert "two ways" in question.text, question
        for (_, amount, _, day), (value, date) in zip(
            [row[1:] for row in cells], rows, strict=True
        ):
            for choice in question.choices:
                text, _, meaning = choice.partition(" is ")
                if text == amount and "." in meaning + "." and "-" not in meaning:
                    if Decimal(meaning) == value:
                        return choice
                elif text == day and meaning == date.isoformat():
                    return choice
        raise AssertionError(question)

    assert imports.run(home, [path], ask=ask) == 0
    expected = sorted(
        (f"P{number}", f"{amount:.6f}", day.isoformat())
        for number, (amount, day) in enumerate(rows)
    )
    assert landed(home, STOCK, "part_id, quantity, as_of_date") == expected


@pytest.fixture
def small_templates(monkeypatch):
    """With room for a few rows: a thousand take long to write."""
    monkeypatch.setattr(templates, "_ROOM", 5)


@pytest.mark.parametrize("table", own_contracts())
def test_a_template_has_lists_explanations_and_an_example(table, home, tmp_path, small_templates):
    path = tmp_path / "template.xlsx"
    own_files.template(home, table, "xlsx", path)
    book = load_workbook(path)
    assert book.sheetnames[1:] == ["Explanations", "Example"]
    contract = own_contracts()[table]
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    assert header == [n for n in contract.column_names if n not in ("graph_id", "data_origin")]
    told = {row[0].value: row[1].value for row in book["Explanations"].iter_rows(min_row=2)}
    assert list(told) == header
    assert all(told.values()), "a column without an explanation"
    lists = {str(one.sqref)[0]: one.formula1 for one in sheet.data_validations.dataValidation}
    for cell in sheet[1]:
        if allowed := contract.column(cell.value).allowed:
            assert lists[cell.column_letter] == f'"{",".join(allowed)}"'
    with pytest.raises(ChokepointError, match="is there already"):
        own_files.template(home, table, "xlsx", path)


def test_a_filled_template_lands_and_its_example_does_not(home, tmp_path, small_templates):
    path = tmp_path / "template.xlsx"
    own_files.template(home, "stock_positions", "xlsx", path)
    book = load_workbook(path)
    values = {"site_id": "S1", "part_id": "00123", "quantity_basis": "pieces", "quantity": 4,
              "as_of_date": dt.date(2026, 10, 1)}  # fmt: skip
    sheet = book.worksheets[0]
    for cell in sheet[1]:
        sheet.cell(2, cell.column, values.get(cell.value))
    book.save(path)
    assert imports.run(home, [path], ask=answering()) == 0
    assert landed(home, STOCK, "site_id, part_id, quantity") == [("S1", "00123", "4.000000")]


def test_a_template_as_csv(home, capsys):
    own_files.template(home, "exposure_sites", "csv", None)
    assert capsys.readouterr().out.startswith("site_id,site_name,firm,country_iso3,")
    with pytest.raises(ChokepointError, match="no table 'baci'"):
        own_files.template(home, "baci", "csv", None)


def test_forget_removes_what_was_made_of_a_file(home, tmp_path):
    path = stock(tmp_path / "bestand_2026-09-30.csv", "Ost;GEHEIM-1;12\nOst;GEHEIM-2;-1")
    path.write_text(path.read_text() + "".join(f"Ost;GEHEIM-{n};1\n" for n in range(3, 12)))
    other = stock(tmp_path / "other_2026-09-29.csv", "Ost;P9;12")
    imports.run(home, [path], ask=answering())
    imports.run(home, [other])
    for folder in ("private", "warehouse", "logs"):
        (home.data_dir / folder).mkdir()
    (home.data_dir / "private" / "chokepoint.duckdb").write_text("GEHEIM-1")
    (home.data_dir / "warehouse" / "chokepoint.duckdb").write_text("GEHEIM-1")
    (home.data_dir / "logs" / "1.log").write_text("landing bestand_2026-09-30.csv failed")
    (home.data_dir / "logs" / "2.log").write_text("nothing of it")
    own_files.forget(home, str(path))
    left = [one for one in home.data_dir.rglob("*") if one.is_file()]
    for one in left:
        assert b"GEHEIM" not in one.read_bytes(), one
        assert b"bestand_2026-09-30" not in one.read_bytes(), one
    assert (home.data_dir / "logs" / "2.log").is_file()
    assert landed(home, STOCK, "part_id") == [("P9",)]
    with pytest.raises(ChokepointError, match=r"nothing of 'bestand_2026-09-30\.csv' is here"):
        own_files.forget(home, path.name)


def test_forget_leaves_what_is_of_another_file(home, tmp_path):
    """One of the same stem, and private copy and warehouse where only a draft was left."""
    imports.run(home, [stock(tmp_path / "two_2026-09-30.csv", "Ost;P1;12")], ask=answering())
    for folder in ("private", "warehouse"):
        (home.data_dir / folder).mkdir()
    with pytest.raises(ChokepointError, match="nothing of"):
        own_files.forget(home, "two_2026-09-30.xlsx")
    assert (home.data_dir / "mappings" / "two_2026-09-30.yml").is_file()
    imports.run(home, [stock(tmp_path / "open_2026-09-30.csv", "Ost;P1;14.400")])
    own_files.forget(home, "open_2026-09-30.csv")
    assert (home.data_dir / "warehouse").is_dir()


ACME = PROJECT_DIR / "docs" / "using" / "acme.xlsx"


def test_the_firms_workbook_lands_whole(home, capsys):
    asked = []
    said = {
        "evidence_class": "value: declared", "evidence_date": "value: 2026-11-01",
        "14.400": "14.400 is 14400", "land": "yes",
    }  # fmt: skip

    def ask(question):
        asked.append(question.key)
        return next(v for k, v in said.items() if k in question.key or k in question.text)

    assert imports.run(home, [ACME], as_of="2026-11-20", ask=ask) == 0
    assert len(asked) == len(set(asked)) == 4
    lines = {sheet.title: sheet.max_row for sheet in load_workbook(ACME)}
    for sheet, table in {
        "Werke": "exposure_sites", "Teile": "exposure_parts",
        "Stückliste": "exposure_bill_of_materials", "Lieferanten": "exposure_supplier_links",
        "Bestellungen": "exposure_open_orders", "Genehmigungen": "licence_applications",
        "Fälle": "shipment_cases",
    }.items():  # fmt: skip
        assert len(landed(home, table, "data_origin")) == lines[sheet] - 1, table
    assert len(landed(home, STOCK, "data_origin")) == lines["Bestand"] - 4
    assert len(landed(home, "exposure_consumption", "period")) == (lines["Verbrauch"] - 1) * 6
    assert landed(home, STOCK, "line_number") == [("4",), ("5",), ("6",), ("7",)]
    (manifest,) = (home.landing_dir / "_manifest" / STOCK).glob("*.json")
    assert ACME.name in manifest.read_text()
    assert ("WEST", "CHIP-7", None) in landed(home, STOCK, "site_id, part_id, quantity")
    assert ("CHIP-7", "CHIP-A", None) in landed(
        home, "exposure_supplier_links", "part_id, site_id, supply_share_central"
    )
    assert ("SERVO-1", "MAG-12", "0.225000") in landed(
        home, "exposure_bill_of_materials", "part_id, component_id, input_share_central"
    )
