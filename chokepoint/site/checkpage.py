"""The check page: what was checked for a release and what came of it, as one HTML file.

It shows what the page on data health shows of checks, and each check that passed. It needs no
other file and no network, and reads a published file (or a candidate) and nothing else.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from base64 import b64encode
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.errors import ChokepointError
from chokepoint.site import words
from chokepoint.site.builder import environment
from chokepoint.site.pages import health
from chokepoint.site.parts import Row
from chokepoint.site.site import HERE, Page, Site

if TYPE_CHECKING:
    from chokepoint.settings import Settings

PAGE = "checks.html"


def write_check_page(settings: Settings, *, today: dt.date | None = None) -> Path:
    """Write `checks.html` into the folder of documentation from the published file.

    today  the day on which sources are called stale; by default the day of the call (UTC)

    Returns the path of the page. Raises ChokepointError if the file is missing or holds no
    check results table. meta.build and meta.freshness are optional.
    """
    import duckdb

    path, folder = settings.published_path, settings.docs_dir
    if not path.is_file():
        raise ChokepointError(f"There is no file {path}.", "Run `make build` first.")
    with closing(duckdb.connect(str(path), read_only=True)) as con:
        try:
            con.execute("from meta.check_results limit 0")
        except duckdb.Error as error:
            raise ChokepointError(
                f"{path} holds no check results: {str(error).splitlines()[0]}",
                "Build the release again with `make build`.",
            ) from error
        text = _page(Site(con, today or dt.datetime.now(dt.UTC).date(), settings))
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{PAGE}.{os.getpid()}"
    temporary.write_text(text, encoding="utf-8")
    return temporary.replace(folder / PAGE)


def _page(site: Site) -> str:
    templates = environment()
    # The browser runs the page's own script and no other, whatever a value holds.
    templates.filters["digest"] = lambda text: b64encode(sha256(text.encode()).digest()).decode()
    fresh = site.rows("health_freshness")
    static = {name: (HERE / "static" / name).read_text("utf-8") for name in ("site.css", "site.js")}
    return templates.get_template(f"{PAGE}.j2").render(
        site=site,
        page=Page(PAGE, f"{PAGE}.j2", "Checks"),
        style=static["site.css"],
        script=static["site.js"],
        **health.of_checks(site, fresh),
        every=site.table(
            "checkpage.every_check",
            [health.check(row) for row in site.rows("health_attention")],
            severity_words=lambda value: health.STOPS[value == "error"],
        ),
        freshness=site.table("checkpage.sources", fresh),
        build=[*health.build(site), *_stages(site.release)],
    )


def _stages(release: Row) -> list[tuple[str, str]]:
    try:
        stages = json.loads(release.get("seconds_per_stage") or "{}")
    except ValueError:
        return []
    return [(f"Seconds: {name.replace('_', ' ')}", words.text(s)) for name, s in stages.items()]
