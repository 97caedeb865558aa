"""Periods: what has landed of a periodic source, period by period, as partitions."""

import json
import warnings
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetsDefinition,
    BackfillPolicy,
    BetaWarning,
    DagsterInstance,
    DynamicPartitionsDefinition,
    asset,
)

from chokepoint.errors import ChokepointError
from chokepoint.landing.contracts import SourceContract
from chokepoint.landing.land import land_all
from chokepoint.landing.periods import current_deliveries, has_periods, periods_in
from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import Settings, make_private_folder
from orchestration.assets import OWNERS, told_mistakes
from orchestration.resources import WRITER_POOL, Writer

GROUP = "periods"
# What the instance has been told, beside its own files.
_TOLD = "periods.json"


def periods_key(source_id: str) -> AssetKey:
    """Asset whose partitions are the periods of a source."""
    return AssetKey([GROUP, source_id])


def partitions_of(source_id: str) -> DynamicPartitionsDefinition:
    """The periods of a source; they come with deliveries, so no calendar lists them."""
    return DynamicPartitionsDefinition(name=f"{GROUP}_{source_id}")


def periods_assets() -> list[AssetsDefinition]:
    """One partitioned asset per periodic source.

    Not in the job `build`: a job takes assets of one partitioning only, and a build must not ask
    for a period. Each is upstream of its source's landing asset, which tells it what has landed.
    """
    with warnings.catch_warnings():
        # The policy is called beta; nothing else makes one run of many periods.
        warnings.simplefilter("ignore", BetaWarning)
        return [_periods_asset(found) for found in CONTRACTS.values() if has_periods(found)]


def _periods_asset(contract: SourceContract) -> AssetsDefinition:
    source_id = contract.source_id

    @asset(
        key=periods_key(source_id),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"parquet"},
        description=(
            f"{contract.title}: one partition per period that has landed. Materialising some "
            "lands the deliveries that hold them and no others; any number takes one run."
        ),
        partitions_def=partitions_of(source_id),
        backfill_policy=BackfillPolicy.single_run(),
        pool=WRITER_POOL,
        op_tags={"source_id": source_id},
    )
    def land_periods(context: AssetExecutionContext, writer: Writer) -> None:
        asked = list(context.partition_keys)
        with told_mistakes():
            landed = land_chosen(writer.settings, source_id, asked)
        for period, metadata in landed.items():
            context.add_asset_metadata(metadata, partition_key=period)
        if not context.instance.is_ephemeral:
            keep_told(writer.settings, source_id, landed)

    return land_periods


def land_chosen(
    settings: Settings, source_id: str, periods: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Land the deliveries that hold some of the periods; return metadata by period.

    ChokepointError when nothing that was delivered, now or before, holds one of them.
    """
    contract = CONTRACTS[source_id]

    def holds(path: Path) -> bool:
        held = periods_in(path, contract, settings)
        return held is None or not held.isdisjoint(periods)

    land_all(settings, only=[source_id], accepts=holds)
    current = current_periods(settings, source_id)
    missing = sorted(set(periods) - set(current))
    if missing:
        raise ChokepointError(
            f"No delivery of {source_id} holds {', '.join(missing)}.",
            f"put one into {settings.inbox_dir}, or choose other periods.",
        )
    return {period: current[period] for period in periods}


def current_periods(settings: Settings, source_id: str) -> dict[str, dict[str, Any]]:
    """Period -> rows, vintage and file of the delivery that counts for it."""
    return {
        record["period"]: {
            "dagster/row_count": record["row_count"],
            "vintage": record["vintage"],
            "known_on": record["known_on"],
            "file_name": record["file_name"],
            "rows_quarantined_of_the_delivery": record["quarantined_count"],
        }
        for record in current_deliveries(settings, source_id)
    }


def tell(
    instance: DagsterInstance, settings: Settings, sources: Collection[str] | None = None
) -> Iterator[AssetMaterialization]:
    """Bring an instance's partitions up to what has landed; the caller reports what this yields.

    Called by each landing step, and by orchestration/history.py for builds on the command line.
    An instance that forgets is told nothing.
    """
    if instance.is_ephemeral:
        return
    for source_id in sources or [key for key, found in CONTRACTS.items() if has_periods(found)]:
        name = partitions_of(source_id).name
        current = current_periods(settings, source_id)
        known = set(instance.get_dynamic_partitions(name))
        if new := sorted(set(current) - known):
            instance.add_dynamic_partitions(name, new)
        for gone in known - set(current):
            instance.delete_dynamic_partition(name, gone)
        told = told_of(settings, source_id)
        for period, metadata in sorted(current.items()):
            if told.get(period) != metadata["vintage"] or period not in known:
                yield AssetMaterialization(
                    periods_key(source_id), partition=period, metadata=metadata
                )
        keep_told(settings, source_id, current, forget=True)


def keep_told(
    settings: Settings,
    source_id: str,
    periods: Mapping[str, Mapping[str, Any]],
    *,
    forget: bool = False,
) -> None:
    """Remember which vintage of each period the instance was told; `forget` the other periods."""
    told = _told(settings)
    earlier = {} if forget else told.get(source_id, {})
    now = {period: metadata["vintage"] for period, metadata in periods.items()}
    if told.get(source_id) == earlier | now:
        return
    told[source_id] = earlier | now
    path = settings.dagster_home / _TOLD
    make_private_folder(settings.dagster_home)
    draft = path.with_name(f".{_TOLD}")
    draft.write_text(json.dumps(told, indent=1), encoding="utf-8")
    draft.replace(path)


def told_of(settings: Settings, what: str) -> dict[str, str]:
    """What was told of a source, or of the published tables: part -> vintage or content."""
    return _told(settings).get(what, {})


def _told(settings: Settings) -> dict[str, dict[str, str]]:
    try:
        told = json.loads((settings.dagster_home / _TOLD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
