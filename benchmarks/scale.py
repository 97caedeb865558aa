"""Trade at scale: a full build, a new month, memory, and peers on the same deliveries.

    make bench ROWS=100_000_000 MEMORY=8GB THREADS=2
    .venv/bin/python benchmarks/scale.py --help

The deliveries are generated (scale_input.py) as landing leaves them, and built with dbt itself.
Each side runs in a process of its own, one after the other, with the same threads and memory limit;
what the sides make is compared. A run that was stopped goes on after its last finished stage; after
the last stage everything but the results is removed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import duckdb
import jinja2
import typer
from measured import PROJECT_DIR, make_environment, report, run
from rich.console import Console
from scale_input import SOURCE_ID, Generator, periods, vintage
from scale_table import PEERS, table

from chokepoint.landing.land import land_all
from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import Settings
from chokepoint.warehouse.graph import reached
from chokepoint.warehouse.project import dbt_environment

HERE = PROJECT_DIR / "benchmarks"

CELL = ("reporter_code", "supplier_scope", "nomenclature", "product_code", "period")
FLOW = ("reporter_code", "partner_iso3", "nomenclature", "product_code", "period")
MARTS = {
    "fct_import_concentration": CELL,
    "fct_partner_shares": (*CELL, "partner_iso3"),
    "fct_trade_under_measures": (*FLOW, "claim_group", "state"),
}
# What other models see of the deliveries, which SQL by hand makes too: flows and imports of the
# products at hand. A line of a delivery is a flow.
CHAIN = {
    "int_trade__flows_at_hand": ("period", "line_number"),
    "int_trade__imports_by_supplier": (
        "reporter_code", "partner_code", "nomenclature", "product_code", "period"
    ),
}  # fmt: skip
# Made for the three marts alone; the rest of what reads deliveries is the chain.
LIKE_FOR_LIKE = {"int_trade__imports", *MARTS}
# Columns with one value in the source, or numbers that only join: peers need not write them.
CONSTANT = {
    "source_id", "frequency", "coverage", "known_outlier", "usd_per_eur", "is_partial_partner_list",
    "vintage", "known_on", "currency", "is_eu_reporter", "partner_number",
}  # fmt: skip
# The law is handed to the peers: what covers a product of a country in a period.
INPUTS = {
    "coverage": "from intermediate.int_law__coverage_by_period",
    "destination_classes": "from intermediate.int_law__destination_classes",
    "restricting_partners": (
        "select distinct partner_code from intermediate.int_law__covered_intervals"
    ),
    "products": "from intermediate.int_trade__products_at_hand",
    "places": f"""
        select *, cast(dense_rank() over (order by code) as smallint) as place,
        from (
            select source_code, place_code as code, place_kind as partner_kind, is_member,
            from intermediate.int_trade__places
            where source_id = '{SOURCE_ID}'
            union all
            select null, 'EU27', 'aggregate', false
        )
    """,
}
# Rows that SQL by hand takes at a time, as whole months.
CHUNK_ROWS = 2_500_000
SHORT_HISTORY = 36
LIMITED = "2GiB"

app = typer.Typer(add_completion=False)


@dataclasses.dataclass
class Bench:
    """One run: its sizes, its folder, and what has been measured so far, by stage and side."""

    rows: int
    months: int
    memory: str
    threads: int
    seed: int
    repeats: int
    has_peers: bool
    keeps: bool
    folder: Path
    console: Console
    results: dict[str, dict] = dataclasses.field(default_factory=dict)

    def load(self) -> None:
        """Go on with a run of the same sizes, or begin anew."""
        path = self.folder / "results.json"
        if path.is_file():
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["key"] == self._key():
                self.results = kept["results"]
                return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def keep(self, stage: str, **measured: object) -> None:
        """Remember what a stage has measured."""
        self.results.setdefault(stage, {}).update(measured)
        draft = self.folder / "results.draft"
        text = json.dumps({"key": self._key(), "results": self.results}, indent=1)
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.folder / "results.json")

    def say(self, text: str) -> None:
        self.console.print(f"{time.strftime('%H:%M:%S')}  {text}", highlight=False, soft_wrap=True)

    def _key(self) -> list:
        return [self.rows, self.months, self.memory, self.threads, self.seed]

    # Deliveries and data folders -----------------------------------------------------------------

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    @property
    def history(self) -> list[str]:
        """All months; the last is the new one."""
        return periods(self.months)

    def parquet(self, period: str) -> Path:
        return self.landing / SOURCE_ID / period / f"{vintage(self.seed, period)}.parquet"

    def settings(self, name: str, memory: str = "") -> Settings:
        folder = self.folder / "builds" / name
        return Settings(data_dir=folder, threads=self.threads, memory_limit=memory or self.memory)

    def begin(self, name: str, wanted: Iterable[str]) -> None:
        """A data folder with the law and the deliveries of these months, and nothing built."""
        self.drop(name)
        landing = self.settings(name).landing_dir
        manifests = landing / "_manifest"
        shutil.copytree(
            self.landing / "_manifest", manifests, ignore=shutil.ignore_patterns(SOURCE_ID)
        )
        (manifests / SOURCE_ID).mkdir()
        for path in self.landing.iterdir():
            if not path.name.startswith("_"):
                (landing / path.name).symlink_to(path)
        self.deliver(name, wanted)

    def deliver(self, name: str, wanted: Iterable[str], revision: int = 0) -> None:
        """Show a data folder more deliveries; their Parquet files are shared."""
        landing = self.settings(name).landing_dir
        for period in wanted:
            file = Path("_manifest", SOURCE_ID, f"{vintage(self.seed, period, revision)}.json")
            shutil.copyfile(self.landing / file, landing / file)

    def drop(self, name: str) -> None:
        shutil.rmtree(self.settings(name).data_dir, ignore_errors=True)

    # Measuring -----------------------------------------------------------------------------------

    def build(self, name: str, memory: str = "") -> dict:
        """Build the marts with dbt: engine and wall seconds, peak memory, models by seconds."""
        settings = self.settings(name, memory)
        settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
        begun = time.perf_counter()
        told = run(
            HERE / "scale.py", "run-dbt", settings.data_dir, settings.memory_limit, self.threads
        )
        wall = time.perf_counter() - begun
        told |= {"wall": wall, **engine_seconds(settings.dbt_target_dir)}
        slowest = ", ".join(f"{model} {seconds:.1f}" for model, seconds in told["models"][:5])
        self.say(
            f"  {name}: {told['seconds']:.1f} s in the engine, {wall:.1f} s in all, "
            f"{told['cpu_seconds']:.0f} s of processor, {told['peak_mb']:,.0f} MB ({slowest})"
        )
        return told

    def peer(self, side: str, wanted: list[str]) -> dict:
        """Run a peer on these months, and hold its marts against those of the full build.

        A peer that does not finish, for want of memory say, is told as such.
        """
        folder = self.folder / "sides" / side
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        files = [str(self.parquet(period)) for period in wanted]
        (folder / "files.json").write_text(json.dumps(files), encoding="utf-8")
        arguments = [self.folder / "inputs", folder, self.memory, self.threads]
        if side == "by_hand":
            command, python = (HERE / "scale.py", "run-by-hand"), Path(sys.executable)
        else:
            command, python = (HERE / f"scale_{side}.py",), make_environment(PEERS)
        try:
            told = run(*command, *arguments, python=python, POLARS_MAX_THREADS=str(self.threads))
        except SystemExit as error:
            self.say(f"  {error}")
            shutil.rmtree(folder)
            return {"failed": str(error)}
        told["differing"] = self.differing_rows(side, folder, wanted)
        self.say(
            f"  {side}: {told['seconds']:.1f} s, {told['cpu_seconds']:.0f} s of processor, "
            f"{told['peak_mb']:,.0f} MB, {told['differing']:,} rows differ"
        )
        if not self.keeps:
            shutil.rmtree(folder)
        return told

    def differing_rows(self, side: str, folder: Path, wanted: list[str]) -> int:
        """Rows of a peer that differ from the models'; of many months every tenth is compared."""
        sample = wanted if len(wanted) <= SHORT_HISTORY else wanted[::10]
        differing = 0
        with duckdb.connect(config={"threads": self.threads, "memory_limit": self.memory}) as con:
            con.execute(f"set temp_directory = '{folder / 'spill'}'")
            con.execute(f"attach '{self.settings('full').warehouse_path}' as models (read_only)")
            if side == "by_hand":
                con.execute(f"attach '{folder / 'by_hand.duckdb'}' as by_hand (read_only)")
            chain = CHAIN if side == "by_hand" else {}
            for mart, key in {**MARTS, **chain}.items():
                schema = "intermediate" if mart in CHAIN else "marts"
                theirs = f"read_parquet('{folder / mart}.parquet')"
                if side == "by_hand":
                    theirs = f"by_hand.{schema}.{mart}"
                ours = f"(from models.{schema}.{mart} where source_id = '{SOURCE_ID}')"
                con.execute("set variable wanted = ?", [wanted])
                count = (
                    "(select count(*) from {} where list_contains(getvariable('wanted'), period))"
                )
                (gap,) = con.execute(
                    f"select abs({count.format(ours)} - {count.format(theirs)})"
                ).fetchone()
                con.execute("set variable wanted = ?", [sample])
                differing += (
                    gap
                    + con.execute(
                        differing_sql(con, f"models.{schema}.{mart}", ours, theirs, key)
                    ).fetchone()[0]
                )
        return differing

    def content(self, name: str) -> dict[str, list]:
        """Of each mart: rows, and two sums of the hashes of its rows."""
        with duckdb.connect(str(self.settings(name).warehouse_path), read_only=True) as con:
            return {
                mart: list(
                    con.execute(
                        "select count(*), bit_xor(hash(mart)), sum(hash(mart) >> 24) "
                        f"from marts.{mart} as mart"
                    ).fetchone()
                )
                for mart in MARTS
            }


def engine_seconds(target: Path) -> dict:
    """Time in which at least one model that reads the deliveries was being made; and the same of
    what the three marts need (`like_for_like`)."""
    children = json.loads((target / "manifest.json").read_bytes())["child_map"]
    reading = reached([f"source.chokepoint.landing.{SOURCE_ID}"], lambda one: children.get(one, ()))
    spans, models = {}, {}
    for entry in json.loads((target / "run_results.json").read_bytes())["results"]:
        if entry["unique_id"] not in reading:
            continue
        name = entry["unique_id"].rpartition(".")[2]
        models[name] = round(entry["execution_time"], 2)
        spans[name] = [
            tuple(dt.datetime.fromisoformat(timing[end]) for end in ("started_at", "completed_at"))
            for timing in entry["timing"]
            if timing["name"] == "execute"
        ]
    of_marts = [one for name in LIKE_FOR_LIKE for one in spans.get(name, [])]
    return {
        "seconds": covered(one for of_model in spans.values() for one in of_model),
        "like_for_like": covered(of_marts),
        "models": sorted(models.items(), key=lambda model: -model[1]),
    }


def covered(spans: Iterable[tuple[dt.datetime, dt.datetime]]) -> float:
    """Seconds that lie in at least one span."""
    seconds, until = 0.0, dt.datetime.min.replace(tzinfo=dt.UTC)
    for begun, ended in sorted(spans):
        seconds += max(0.0, (ended - max(begun, until)).total_seconds())
        until = max(until, ended)
    return seconds


def differing_sql(
    con: duckdb.DuckDBPyConnection, table: str, ours: str, theirs: str, key: tuple[str, ...]
) -> str:
    """Counts the rows of the months wanted that one side lacks, or whose figures differ.

    Doubles may differ by 1e-9 of themselves or of one, amounts by the last digit that is kept.
    """
    conditions = []
    for name, kind, *_ in con.execute(f"describe {table}").fetchall():
        if name in key or name in CONSTANT:
            continue
        different = f"ours.{name} is distinct from theirs.{name}"
        if kind == "DOUBLE" or kind.startswith("DECIMAL"):
            mine, other = (f"cast({side}.{name} as double)" for side in ("ours", "theirs"))
            least = "1e-9" if kind == "DOUBLE" else "1.01e-6"
            different += (
                f" and coalesce(not abs({mine} - {other})"
                f" <= greatest({least}, 1e-9 * abs({mine})), true)"
            )
        conditions.append(f"({different})")
    wanted = "where list_contains(getvariable('wanted'), period)"
    return f"""
        select count(*)
        from (select *, true as is_there from {ours} {wanted}) as ours
        full join (select *, true as is_there from {theirs} {wanted}) as theirs
            using ({", ".join(key)})
        where ours.is_there is null or theirs.is_there is null or {" or ".join(conditions)}
    """


# Stages ------------------------------------------------------------------------------------------


def generate(bench: Bench) -> None:
    """The law as it is bundled, and the generated deliveries of trade."""
    settings = dataclasses.replace(bench.settings(""), data_dir=bench.folder)
    patterns = {source_id: contract.file_pattern for source_id, contract in CONTRACTS.items()}
    trade = ("baci_", "comext_", "hmrc_")
    is_law = {name for name, pattern in patterns.items() if pattern and not name.startswith(trade)}
    land_all(settings, only=sorted(is_law))
    begun, rows = time.perf_counter(), 0
    generator = Generator(bench.landing, bench.rows // bench.months, bench.seed)
    for nth, period in enumerate(bench.history, start=1):
        rows += generator.write(period)
        if nth % 24 == 0 or nth == bench.months:
            bench.say(f"  {nth} of {bench.months} months, {rows:,} rows")
    for period in bench.history[-24:-12]:
        generator.write(period, revision=1)
    seconds = time.perf_counter() - begun
    bench.keep(
        "generate", deliveries={"seconds": seconds, "rows": rows, "products": generator.products}
    )


def full(bench: Bench) -> None:
    """All months at once: the models, SQL by hand, and polars, in turns."""
    runs: dict[str, list[dict]] = {"models": [], "by_hand": []}
    if bench.has_peers:
        runs["polars"] = []
    for _ in range(bench.repeats):
        bench.begin("full", bench.history)
        runs["models"].append(bench.build("full"))
        # What the peers are given besides the deliveries.
        folder = bench.folder / "inputs"
        folder.mkdir(exist_ok=True)
        with duckdb.connect(str(bench.settings("full").warehouse_path), read_only=True) as con:
            for name, query in INPUTS.items():
                con.execute(f"copy ({query}) to '{folder / name}.parquet'")
        for side in list(runs)[1:]:
            runs[side].append(bench.peer(side, bench.history))
    bench.keep("full", **{side: median_of(of_side) for side, of_side in runs.items()})


def incremental(bench: Bench) -> None:
    """All months but one within 2 GiB; nothing new; the new month; all must be as built at once."""
    bench.begin("limited", bench.history[:-1])
    limited = bench.build("limited", memory=LIMITED)
    # The project is read anew where the memory limit changed.
    bench.build("limited")
    nothing = bench.build("limited")
    bench.deliver("limited", bench.history[-1:])
    month = bench.build("limited")
    month["is_equal"] = bench.content("limited") == bench.content("full")
    bench.keep("incremental", limited=limited, nothing=nothing, month=month)
    bench.drop("limited")


def history(bench: Bench) -> None:
    """The new month and a revised year after 36 months only."""
    shown = bench.history[-min(SHORT_HISTORY, bench.months - 1) - 1 :]
    bench.begin("short", shown[:-1])
    before = bench.build("short")
    nothing = bench.build("short")
    bench.deliver("short", shown[-1:])
    month = bench.build("short")
    bench.deliver("short", shown[-24:-12], revision=1)
    year = bench.build("short")
    bench.begin("anew", shown)
    bench.deliver("anew", shown[-24:-12], revision=1)
    anew = bench.build("anew")
    year["is_equal"] = bench.content("short") == bench.content("anew")
    told = {"before": before, "nothing": nothing, "month": month, "year": year, "anew": anew}
    bench.keep("history", **told, shown=len(shown) - 1)
    bench.drop("short")
    bench.drop("anew")


def median_of(runs: list[dict]) -> dict:
    """The run with the median seconds, with the seconds of all and the highest peak."""
    for one in runs:
        if "failed" in one:
            return one
    chosen = sorted(runs, key=lambda one: one["seconds"])[len(runs) // 2]
    return chosen | {
        "all": [one["seconds"] for one in runs],
        "peak_mb": max(one["peak_mb"] for one in runs),
    }


# What runs in processes of its own ---------------------------------------------------------------


@app.command(hidden=True)
def run_dbt(data_dir: Path, memory: str, threads: int) -> None:
    begun = time.perf_counter()
    from dbt.cli.main import dbtRunner

    settings = Settings(data_dir=data_dir, memory_limit=memory, threads=threads)
    os.environ.update(dbt_environment(settings))
    selected = ["--select", *(f"+{mart}" for mart in MARTS)]
    no_tests = ["--exclude-resource-types", "test", "unit_test"]
    done = dbtRunner().invoke(["--quiet", "build", *selected, *no_tests])
    if not done.success:
        raise SystemExit(f"dbt build failed: {done.exception or ''}")
    report(begun)


@app.command(hidden=True)
def run_by_hand(inputs: Path, folder: Path, memory: str, threads: int) -> None:
    script = (HERE / "scale_by_hand.sql").read_text(encoding="utf-8")
    once, _, each = jinja2.Template(script).render().partition("-- Each chunk of months.")
    marts, _, chain = each.partition("-- The products at hand of a chunk.")
    files = json.loads((folder / "files.json").read_text(encoding="utf-8"))
    config = {"memory_limit": memory, "threads": threads}
    begun = time.perf_counter()
    with duckdb.connect(str(folder / "by_hand.duckdb"), config=config) as con:
        con.execute("set variable inputs = ?", [str(inputs)])
        con.execute("set variable files = ?", [files[:1]])
        con.execute(once)
        (rows,) = con.execute(
            "select sum(num_rows) from parquet_file_metadata(?)", [files]
        ).fetchone()
        chunk, of_chain = max(1, round(len(files) * CHUNK_ROWS / rows)), 0.0
        for start in range(0, len(files), chunk):
            con.execute("set variable files = ?", [files[start : start + chunk]])
            con.execute(marts)
            chain_begun = time.perf_counter()
            con.execute(chain)
            of_chain += time.perf_counter() - chain_begun
        con.execute("checkpoint")
        report(begun, of_chain=of_chain)


# The command -------------------------------------------------------------------------------------

STAGES = {one.__name__: one for one in (generate, full, incremental, history)}
STAGES_HELP = f"Stages to run: {', '.join(STAGES)}."


def number(text: str | int) -> int:
    """A whole number, also with underscores or commas."""
    return int(str(text).replace(",", ""))


@app.command()
def compare(
    rows: int = typer.Option(10_000_000, parser=number, help="Rows of deliveries."),
    months: int = typer.Option(0, help="Months they spread over; 0 for 36 to 240, by the rows."),
    memory: str = typer.Option("8GB", help="Memory limit of DuckDB."),
    threads: int = typer.Option(2, help="Threads of every side."),
    repeats: int = typer.Option(1, help="Runs of each side of the full build, in turns."),
    with_peers: bool = typer.Option(True, "--peers/--no-peers", help="Install and run polars."),
    only: list[str] = typer.Option([], help=STAGES_HELP),
    seed: int = typer.Option(1, help="Another seed gives other deliveries."),
    folder: Path = typer.Option(PROJECT_DIR / ".cache" / "scale", help="Where it works."),
    results: Path = typer.Option(None, help="File for the table; benchmarks/results/ by default."),
    keep: bool = typer.Option(False, help="Leave deliveries and warehouses in the folder."),
) -> None:
    """Measure all stages and print one table."""
    months = months or min(max(rows // 400_000, SHORT_HISTORY), 240)
    bench = Bench(
        rows=rows, months=months, memory=memory, threads=threads, seed=seed, repeats=repeats,
        has_peers=with_peers, keeps=keep, folder=folder.resolve(),
        console=Console(width=140),
    )  # fmt: skip
    bench.load()
    failed = []
    for stage in only or STAGES:
        if only or stage not in bench.results:
            bench.say(stage)
            try:
                STAGES[stage](bench)
            except (Exception, SystemExit) as error:
                # What the other stages tell is worth having without this one.
                bench.say(f"  {stage} failed: {error}")
                failed.append(stage)
    text = table(bench)
    results = results or HERE / "results" / f"scale_{rows}.md"
    results.parent.mkdir(exist_ok=True)
    results.write_text(text, encoding="utf-8")
    print(text)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}; run again to go on with these.")
    if not only and not keep:
        for path in bench.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)


if __name__ == "__main__":
    app()
