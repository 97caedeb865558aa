"""The static site: written from one reading of the published file, whole or not at all."""

from __future__ import annotations

import datetime as dt
import functools
import gzip
import json
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from chokepoint.errors import ChokepointError
from chokepoint.site import cite, feeds, wasm, words
from chokepoint.site.pages import (
    countries,
    definitions,
    exposure,
    health,
    law,
    licences,
    lookup,
    materials,
    overview,
    products,
    scorecard,
)  # fmt: skip
from chokepoint.site.site import HERE, Notice, Page, Site, of_this_version, query_file

if TYPE_CHECKING:
    import duckdb
    from jinja2 import Environment

    from chokepoint.settings import Settings

FOLDER = "site"
BUNDLE = "vega.js"
# What a page names of the files beside it.
_FILES = re.compile(r'data-file="([^"]+)"')
# The navigation: the first page of each part, its name there, and what makes the pages of the part.
PAGES = (
    ("index.html", "Overview", overview.pages),
    ("materials.html", "Materials", materials.pages),
    ("products.html", "Products", products.pages),
    ("countries.html", "Countries", countries.pages),
    ("changes.html", "Changes", overview.changes),
    ("law.html", "Law", law.pages),
    ("licences.html", "Licences", licences.pages),
    ("scorecard.html", "Promises", scorecard.pages),
    ("exposure.html", "Exposure", exposure.pages),
    ("health.html", "Data", health.pages),
    ("definitions.html", "Definitions", definitions.pages),
    ("search.html", "Search", lookup.search),
)
# What stands before them in the site of the private copy, and after them in the one to pass on.
PRIVATE_PAGES = (("own.html", "Your firm", exposure.own),)
PUBLIC_PAGES = (("sql.html", "SQL", lookup.sql),)
# What the SQL page loads: DuckDB, and the published file, packed.
WEB, WEB_FILE, WEB_PAGE = "sql", "chokepoint.duckdb.gz", "sql.html"


@dataclass(frozen=True)
class Built:
    """What was written; `no_sql` says why its SQL page runs no SQL, empty if it does."""

    path: Path
    release_id: str
    page_count: int
    file_count: int
    seconds: float
    no_sql: str = ""


@dataclass(frozen=True)
class Edition:
    """Which site is written.

    as_of    the day that counts as today; by default the day of the call (UTC), of a numbered
             release the day of its build
    output   folder; by default `site` beside the file
    private  from the private copy, with the pages of own rows, for nobody else to read (folders
             of mode 700, files of mode 600)
    release  version of the numbered release to write it from; needs an output
    address  where the site will be put, https://..., for citations and embedding
    pictures whether each chart is drawn as SVG and PNG too, and has a separate page
    sql      whether the SQL page has its engine and a copy of the file; the private site has none
    """

    as_of: dt.date | None = None
    output: Path | None = None
    private: bool = False
    release: str = ""
    address: str = ""
    pictures: bool = True
    sql: bool = True

    def folder(self, settings: Settings) -> Path:
        """Where it goes; ChokepointError for what cannot be written, or not there."""
        if self.release and (self.private or not self.output):
            raise ChokepointError(
                "--release writes the pages of a numbered release into a separate folder. It has no"
                " rows of yours.",
                f"add --output, such as public/{self.release}, and leave --private out.",
            )
        if self.address and outside(self.address) is None:
            raise ChokepointError(
                f"--address {self.address!r} is no address of a web site.",
                "begin it with https://.",
            )
        beside = settings.private_site_dir if self.private else settings.published_dir / FOLDER
        target = Path(self.output) if self.output else beside
        # Own rows do not lie in a folder that is passed on.
        for passed_on in (settings.published_dir, settings.numbered_dir) if self.private else ():
            if target.resolve().is_relative_to(passed_on.resolve()):
                raise ChokepointError(
                    f"{target} lies in {passed_on}, which is passed on:"
                    " the private site holds your rows.",
                    f"leave --output out for {settings.private_site_dir}, or name another folder.",
                )
        is_ours = (target / "static" / BUNDLE).is_file()
        if target.exists() and not is_ours and not (target.is_dir() and not any(target.iterdir())):
            raise ChokepointError(
                f"{target} holds something that is no site of ours.",
                "name another folder with --output.",
            )
        return target

    def day(self, con: duckdb.DuckDBPyConnection) -> dt.date:
        """The day that counts as today."""
        if self.release and self.as_of is None:
            built = con.execute("select cast(built_at as date) from meta.build").fetchone()
            if built:
                return built[0]
        return self.as_of or dt.datetime.now(dt.UTC).date()


def build_site(settings: Settings, edition: Edition | None = None) -> Built:
    """Write the site from the published file; a site that was there is replaced in one step.

    Raises ChokepointError if there is no such file, if the folder holds something else, or if a
    private site would lie among what is passed on.
    """
    from chokepoint.reading.connection import connect_published

    started = time.perf_counter()
    edition = edition or Edition()
    target, private, release = edition.folder(settings), edition.private, edition.release
    with (
        connect_published(
            settings, private=private, release=release, config=settings.duckdb_config()
        ) as con,
        # Opened now: a release that is published meanwhile takes over its name.
        _file_of(con).open("rb") as database,
    ):
        con.execute("set enable_external_access = false")
        day, address = edition.day(con), edition.address
        site = Site(con, day, settings, private=private, version=release, address=address)
        parts = (*PRIVATE_PAGES, *PAGES) if private else (*PAGES, *PUBLIC_PAGES)
        site.nav = [(href, label) for href, label, _ in parts]
        with of_this_version():
            made = [(href, page) for href, _, pages in parts for page in pages(site)]
        # The private site feeds nobody.
        feeding = {} if private else feeds.write_all(site)
        if site.missing:
            named = words.listing(sorted(site.missing), 6)
            site.notices.append(
                Notice(
                    "warn",
                    "This release was built by another version of the project and lacks tables or"
                    f" columns that the site reads ({named}); those parts are empty.",
                )
            )
        if not edition.pictures:
            site.charts.clear()
        engine, no_sql = None, ""
        if edition.sql and not private:
            try:
                engine = wasm.bundle(settings.project_dir)
            except ChokepointError as error:
                no_sql = str(error)
                site.no_web = "Its engine could not be fetched when this site was written."
        count = _write(site, made, feeding, target, engine, database)
    seconds = time.perf_counter() - started
    return Built(target, str(site.release["release_id"]), len(made), count, seconds, no_sql)


def _file_of(con: duckdb.DuckDBPyConnection) -> Path:
    """The file that a connection reads."""
    ((path,),) = con.execute(
        "select path from duckdb_databases() where database_name = current_database()"
    ).fetchall()
    return Path(path)


def outside(address: Any) -> str | None:
    """An address of another site if it is one that a browser may follow without harm."""
    text = str(address or "").strip()
    return text if urlsplit(text).scheme in ("http", "https") else None


def environment() -> Environment:
    """Templates: everything that is not markup of theirs is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        finalize=words.disarmed,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"words": words, "citation": cite.citation}
    made.filters |= {"outside": outside, "verdict": words.verdict}
    return made


def _write(
    site: Site,
    pages: Sequence[tuple[str, Page]],
    feeding: Mapping[str, str],
    target: Path,
    engine: Path | None,
    database: BinaryIO,
) -> int:
    """Write all files into a new folder, which takes the target's place; return their number."""
    from chokepoint.releases.files import owned_name, publishing_faults, remove_abandoned
    from chokepoint.settings import make_private_folder

    prefix = f".{target.name}-new"
    fresh = target.with_name(owned_name(prefix))
    old = target.with_name(f".{target.name}-old")
    with publishing_faults("writing the site", fresh):
        if target == site.settings.private_site_dir:
            make_private_folder(target.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(target.parent, prefix)
        if old.exists() and not target.exists():
            old.rename(target)  # Killed between the two renames below.
        if site.private:
            make_private_folder(fresh)
        with ThreadPoolExecutor(1) as background:
            # Beside the pages: the SQL page, which tells the sizes, is the last of them.
            packing = (
                background.submit(_web_files, engine, database, fresh / WEB) if engine else None
            )
            shown_on = _write_pages(site, pages, fresh, packing)
        _write_tables(site, shown_on, fresh)
        _write_charts(site, shown_on, fresh)
        for path in sorted((*cite.QUERIES.glob("*.sql"), *map(query_file, site.questions))):
            _put(fresh / cite.DATA / "queries" / path.name, path.read_text(encoding="utf-8"))
        for name, text in feeding.items():
            _put(fresh / name, text)
        for path in sorted((HERE / "static").iterdir()):
            _put(fresh / "static" / path.name, path.read_text(encoding="utf-8"))
        _put(fresh / "static" / BUNDLE, vega_bundle())
        written = list(fresh.rglob("*"))
        count = sum(path.is_file() for path in written)
        if site.private:
            for path in written:
                path.chmod(0o700 if path.is_dir() else 0o600)
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    return count


def _write_pages(
    site: Site,
    pages: Sequence[tuple[str, Page]],
    fresh: Path,
    packing: Future[dict[str, Any]] | None,
) -> dict[str, Page]:
    """Write the pages; return the files that they name, each with the first page that does."""
    templates = environment()
    shown_on: dict[str, Page] = {}
    for section, page in pages:
        if packing is not None and section == WEB_PAGE:
            site.web = packing.result()
        text = templates.get_template(page.template).render(
            site=site, page=page, section=section, **page.context
        )
        _put(fresh / page.path, text)
        for path in _FILES.findall(text):
            shown_on.setdefault(path, page)
    return shown_on


def _write_tables(site: Site, shown_on: Mapping[str, Page], fresh: Path) -> None:
    """The tables of the pages as CSV, each described. One that no page names is found by nobody."""
    sources = cite.Sources(site)
    for path, table in site.tables.items():
        page = shown_on.get(path.removesuffix(".csv"))
        if page is None:
            continue
        text = table.csv_text()
        _put(fresh / path, text)
        described = cite.resource(site, sources, table, text, page.path)
        _put(
            fresh / path.replace(".csv", ".resource.json"),
            json.dumps(described, indent=1, ensure_ascii=False) + "\n",
        )


def _write_charts(site: Site, shown_on: Mapping[str, Page], fresh: Path) -> None:
    """Each chart as pictures and, but of the private site, on a page of its own to embed."""
    drawn = {path: page for path, page in shown_on.items() if path in site.charts}
    with ThreadPoolExecutor(site.settings.threads) as pool:
        images = pool.map(
            lambda path: cite.pictures(site, site.charts[path], drawn[path].title), drawn
        )
        for path, (svg, png) in zip(drawn, images, strict=True):
            _put(fresh / f"{path}.svg", svg)
            (fresh / f"{path}.png").write_bytes(png)
    template = environment().get_template("embed.html.j2")
    for path, page in drawn.items() if not site.private else ():
        alone = Page(f"{path}.html", "embed.html.j2", page.title)
        text = template.render(site=site, page=alone, chart=site.charts[path], home=page)
        _put(fresh / alone.path, text)


def _web_files(engine: Path, database: BinaryIO, folder: Path) -> dict[str, Any]:
    """Write what the SQL page loads; return its files with their sizes, packed and whole."""
    folder.mkdir(parents=True)
    for name in wasm.FILES:
        shutil.copyfile(engine / name, folder / name)
    with gzip.GzipFile(folder / WEB_FILE, "wb", 6, mtime=0) as packed:
        shutil.copyfileobj(database, packed, 1 << 20)
    with gzip.open(folder / wasm.ENGINE) as unpacked:
        engine_bytes = unpacked.seek(0, 2)
    return {
        name: {"path": f"{WEB}/{file}", "bytes": (folder / file).stat().st_size, "whole": whole}
        for name, file, whole in (
            ("worker", wasm.WORKER, (folder / wasm.WORKER).stat().st_size),
            ("engine", wasm.ENGINE, engine_bytes),
            ("database", WEB_FILE, database.tell()),
        )
    }


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@functools.cache
def vega_bundle() -> str:
    """Vega, Vega-Lite and the embedder as one classic script, from the package that pip brought."""
    # 90 MB of shared library: loaded by those who draw.
    import vl_convert

    made = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=cite.VEGA_LITE)
    config = json.dumps(cite.chart_config())
    return f"(function () {{\n{made}\n}}());\nwindow.chartConfig = {config};\n"
