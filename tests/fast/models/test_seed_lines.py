"""On which line of its file a row of a seed begins."""

import csv
import io
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from model_laboratory import laboratory_of

TEXTS = st.lists(st.text("a,'\"\n ", max_size=6), min_size=1, max_size=6)


laboratory = laboratory_of(
    "stg_lineage__seed_rows", stand_ins=["stg_lineage__seed_files"],
    stg_lineage__seed_files=[{"table_name": "measures", "vintage": "of the file"}],
)  # fmt: skip


@tried()
@given(notes=TEXTS)
def test_texts_over_several_lines_move_the_rows_below(laboratory, notes):
    rows = [{"measure_id": f"m{nth}", "note": note} for nth, note in enumerate(notes)]
    laboratory.fill("measures", rows)
    found = {
        row["row_key"][0]: row["line_number"] for row in laboratory.rows("stg_lineage__seed_rows")
    }

    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, ["measure_id", "note"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    reader = csv.reader(file.getvalue().splitlines(keepends=True))
    ends = [(row, reader.line_num) for row in reader]
    begins = {row[0]: above + 1 for (_, above), (row, _) in pairwise(ends)}
    # A table that is filled again numbers its rows on; that of a seed is made anew.
    shift = found["m0"] - 2
    assert {name: line - shift for name, line in found.items()} == begins
