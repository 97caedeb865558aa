"""Landing: a producer's file becomes typed Parquet, once, with its checksum; the caller holds the
writer lock."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from chokepoint.errors import ChokepointError
from chokepoint.landing import database, registry
from chokepoint.landing.admission import Admission, check_nothing_lost, current_of, originals_of
from chokepoint.landing.contracts import ProducerFormat, SourceContract
from chokepoint.landing.files.delivery import check_beside, open_delivery, printable
from chokepoint.landing.refusals import DeliveryRefusedError, refused
from chokepoint.landing.store import LandedDelivery, Store
from chokepoint.machine import machine_fault
from chokepoint.settings import Settings, make_private_folder

# A file that was written to within this time may be on its way still.
_REST_SECONDS = 2.0


@dataclass(frozen=True)
class LandingReport(LandedDelivery):
    """What became of one delivery, called so this time ('unchanged': the same bytes had landed);
    `superseding`: period -> a later vintage, which is current."""

    file_name: str
    status: str
    seconds: float
    superseding: dict[str, str]


def land(
    path: Path,
    contract: SourceContract,
    settings: Settings,
    *,
    known_on: dt.date,
    encoding: str | None = None,
    form: ProducerFormat | None = None,
) -> LandingReport:
    """Land one file as a vintage, known from `known_on`; bytes that have landed under this contract
    change nothing. `encoding`, `form`: None means as before, or UTF-8, and by what is in it.
    DeliveryRefusedError for what may not land, ChokepointError for the disk: what had landed
    stays."""
    started = time.perf_counter()
    delivery = open_delivery(Path(path))
    check_beside(delivery)
    with _explaining_storage_errors(settings):
        landing = Admission(delivery, contract, settings, known_on, encoding, form)
        earlier = landing.earlier if landing.is_done() else None
        result = earlier or landing.run()
    superseding = {
        period: rival.vintage
        for period in result.periods
        if (rival := current_of(landing.landed, period)) and rival.order > result.order
    }
    status, seconds = "unchanged" if earlier else "landed", time.perf_counter() - started
    return LandingReport(
        result.vintage, result.records, landing.file_name, status, seconds, superseding
    )


def land_bundled(settings: Settings, source_id: str) -> None:
    """Land the bundled deliveries of a source, so that a user's own is compared with them."""
    for found, path in registry.bundled_files(settings):
        if found == source_id:
            land(path, registry.CONTRACTS[found], settings, known_on=registry.BUNDLED_KNOWN_ON)


def withdraw(settings: Settings, vintage: str, source_id: str | None = None) -> list[str]:
    """Take a delivery back by its vintage or file name, so that those before count again; returns
    what was done and to mind. ChokepointError when none or several are called so, or it is bundled
    and would land again."""
    wanted = [registry.contract_of(source_id).source_id] if source_id else list(registry.CONTRACTS)
    landed: list[tuple[Store, LandedDelivery]] = []
    with _explaining_storage_errors(settings):
        for known in wanted:
            store = Store(settings.landing_dir, known)
            landed.extend((store, delivery) for delivery in store.recover())
    found = [pair for pair in landed if vintage in (pair[1].vintage, *pair[1].file_names)]
    if len(found) != 1:
        listed = "".join(
            f"\n    {store.source_id}  {delivery.vintage}  {', '.join(delivery.file_names)}"
            for store, delivery in found or landed
        )
        count = f"{len(found)} deliveries are" if found else "no delivery is"
        remedy = f"nothing has landed for {', '.join(wanted)}; there is nothing to withdraw."
        if listed:
            more = "" if source_id else " and its source with --source"
            remedy = f"give one of these vintages{more}:{listed}"
        raise ChokepointError(f"{count} called {printable(vintage)!r}", remedy)
    store, delivery = found[0]
    originals = originals_of(settings, store.source_id, delivery.file_sha256)
    for path in originals:
        if path.parent != settings.inbox_dir:
            raise ChokepointError(
                f"{delivery.vintage} of {store.source_id} is the bundled file {path}, which the "
                "next build would land again",
                "land a corrected file beside it; the later vintage counts.",
            )
    from chokepoint.landing.download.fetch import forget_question

    with _explaining_storage_errors(settings):
        store.withdraw(delivery)
        forget_question(settings.inbox_dir, delivery.file_sha256)
    said = [
        f"withdrawn: {store.source_id} {delivery.vintage} ({', '.join(delivery.file_names)}), "
        f"{delivery.rows_landed:,} rows"
    ]
    said.extend(
        f"{path} holds the same bytes and would land again at the next build: remove it."
        for path in originals
    )
    return said


def still_refused(settings: Settings) -> list[tuple[Path, dt.datetime]]:
    """Refused files that lie there unchanged and have not landed since; oldest first."""
    found = []
    for faults_path, path in refused_lists(settings):
        if path is None or not path.is_file():
            continue
        with contextlib.suppress(ChokepointError):
            is_same = faults_path.stem.endswith(f"-{open_delivery(path).sha256[:12]}")
            if is_same and registry.landed_as(settings, path) is None:
                refused_at = dt.datetime.fromtimestamp(faults_path.stat().st_mtime, dt.UTC)
                found.append((path, refused_at))
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


def refused_lists(settings: Settings) -> Iterator[tuple[Path, Path | None]]:
    """Each list of a refused file's faults, and where that file lies or lay, if it says so."""
    import duckdb

    with database.share(settings) as con:
        for path in (settings.landing_dir / "_quarantine" / "refused").glob("*.parquet"):
            with contextlib.suppress(duckdb.Error):
                yield path, database.refused_file_path(con, path)


def land_all(
    settings: Settings,
    *,
    only: Collection[str] | None = None,
    accepts: Callable[[Path], bool] | None = None,
    on_report: Callable[[LandingReport], None] | None = None,
) -> list[LandingReport]:
    """Land the bundled deliveries, then the accepted files of the inbox. All are tried before the
    faults are raised as one error; a source of which nothing was ever delivered is one."""
    wanted = [registry.contract_of(source_id).source_id for source_id in only or registry.CONTRACTS]
    faults: list[ChokepointError] = []
    with _explaining_storage_errors(settings):
        make_private_folder(settings.inbox_dir)
    deliveries = [(*found, registry.BUNDLED_KNOWN_ON) for found in registry.bundled_files(settings)]
    growing = _still_growing(settings)
    for path in registry.inbox_files(settings):
        source_id = None
        try:
            source_id = registry.identify_inbox_file(settings, path)
            if path in growing:
                raise refused(
                    path,
                    "the file is still being written",
                    "Wait until it is complete, then run again.",
                )
            deliveries.append((source_id, path, registry.default_known_on()))
        except ChokepointError as error:
            # A file nobody knows is the fault of the whole run, not of one source.
            if only is None or source_id in wanted:
                faults.append(error)
    _check_delivered(settings, wanted, {source_id for source_id, _, _ in deliveries})

    for source_id in wanted:
        store = Store(settings.landing_dir, source_id)
        with _explaining_storage_errors(settings):
            check_nothing_lost(settings, store, store.recover(), None)

    reports = []
    for source_id, path, known_on in deliveries:
        if source_id not in wanted or (accepts is not None and not accepts(path)):
            continue
        try:
            report = land(path, registry.CONTRACTS[source_id], settings, known_on=known_on)
        except DeliveryRefusedError as error:
            faults.append(error)
            continue
        reports.append(report)
        if on_report:
            on_report(report)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise DeliveryRefusedError(
            "\n".join([f"{len(faults)} deliveries were refused", *(str(f) for f in faults)]),
            "mend or remove these files, then run again; the others have landed.",
            tuple(fault for error in faults for fault in getattr(error, "faults", ())),
        )
    return reports


def _still_growing(settings: Settings) -> set[Path]:
    """Files of the inbox that were written to a moment ago, and again while this looked on."""
    young = {
        path: path.stat()
        for path in registry.inbox_files(settings)
        if abs(time.time() - path.stat().st_mtime) < _REST_SECONDS
    }
    if young:
        time.sleep(_REST_SECONDS)
    found = set()
    for path, before in young.items():
        with contextlib.suppress(FileNotFoundError):
            after = path.stat()
            if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                found.add(path)
    return found


def _check_delivered(settings: Settings, wanted: list[str], delivered: set[str]) -> None:
    missing = "; ".join(
        f"{source_id} (expected {settings.raw_dir / pattern})"
        for source_id in wanted
        if (pattern := registry.CONTRACTS[source_id].file_pattern) is not None
        and source_id not in delivered
        and not any((settings.landing_dir / "_manifest" / source_id).glob("*.json"))
    )
    if missing:
        raise ChokepointError(
            f"nothing was delivered for {missing}",
            "restore the bundled files (CHOKEPOINT_RAW_DIR, if set, is a folder of them without "
            "folders below it), or land files of your own with `chokepoint land PATH`.",
        )


@contextlib.contextmanager
def _explaining_storage_errors(settings: Settings) -> Iterator[None]:
    try:
        yield
    except ChokepointError:
        raise
    except Exception as error:
        if fault := machine_fault(str(error), settings, "landing"):
            raise fault from None
        if not isinstance(error, OSError):
            raise
        raise ChokepointError(
            f"cannot write under {settings.landing_dir}: {error}",
            "check that the data folder can be written, then run again.",
        ) from None
