"""The dbt project as files: what would end dbt in an error of its own is named before."""

from dataclasses import replace

import pytest

from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings
from chokepoint.warehouse.project import refuse_empty_seeds


def test_the_bundled_seeds_have_headers():
    assert refuse_empty_seeds(Settings()) is None


@pytest.mark.parametrize("content", ["", "\n", "  \r\n"])
def test_an_empty_seed_is_named_with_its_remedy(tmp_path, content):
    folder = tmp_path / "seeds" / "measures"
    folder.mkdir(parents=True)
    (folder / "measures.csv").write_text("measure_id\n")
    (folder / "empty.csv").write_text(content)
    with pytest.raises(ChokepointError) as caught:
        refuse_empty_seeds(replace(Settings(), project_dir=tmp_path))
    assert "empty.csv, line 1" in caught.value.what
    assert "git checkout -- seeds/measures/empty.csv" in caught.value.remedy


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_an_empty_line_above_a_row_is_named(tmp_path, ending):
    """dbt passes over it, and lineage would tell every row below one line too high."""
    (tmp_path / "seeds").mkdir()
    seed = tmp_path / "seeds" / "events.csv"
    lines = ["event_id,note", 'a,"one', "", 'three\u2028"', "", "b,two\u2028", "", ""]
    seed.write_text(ending.join(lines), encoding="utf-8", newline="")
    with pytest.raises(ChokepointError) as caught:
        refuse_empty_seeds(replace(Settings(), project_dir=tmp_path))
    assert "events.csv, line 5: the line is empty" in caught.value.what
    # In a text it is part of it, at the end it moves nothing.
    del lines[4]
    seed.write_text(ending.join(lines), encoding="utf-8", newline="")
    assert refuse_empty_seeds(replace(Settings(), project_dir=tmp_path)) is None
