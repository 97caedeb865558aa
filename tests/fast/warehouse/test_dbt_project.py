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
