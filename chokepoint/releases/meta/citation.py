"""How a release is cited: CITATION.cff, in the Citation File Format 1.2.0."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from chokepoint.releases.meta.licences import LICENCE_FILE, Licence

CITATION_FILE = "CITATION.cff"
TITLE = "Chokepoint: strategic dependencies of the EU and the export restrictions that bear on them"
AUTHOR = "Chokepoint contributors"


def write_citation(
    version: str, released_on: date, content_hash: str, licences: list[Licence], path: Path
) -> None:
    """Write CITATION.cff; every producer is a reference, since their data is in it."""
    found: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": (
            "Please cite the release, and the producer of each table that you use: "
            f"{LICENCE_FILE} names them and their terms."
        ),
        "type": "dataset",
        "title": TITLE,
        "version": version,
        "date-released": released_on.isoformat(),
        "authors": [{"name": AUTHOR}],
        "identifiers": [
            {
                "type": "other",
                "value": f"md5:{content_hash}",
                "description": "Hash over the contents of the marts.",
            }
        ],
    }
    references = [
        {"type": "data", "title": title, "authors": [{"name": producer}], "notes": licence}
        for title, producer, licence in sorted(
            {
                (one.title, one.producer, one.licence)
                for one in licences
                if one.data_origin == "real" and one.title and one.producer and one.licence
            }
        )
    ]
    if references:
        found["references"] = references
    text = yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=1000)
    path.write_text(text, encoding="utf-8", newline="\n")
