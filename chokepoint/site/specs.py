"""Charts in Vega-Lite, read from charts/*.vl.json, where they stand in short.

- A channel may be a text, as in Altair: "day:T" is a field with its type, Q, N, O or T.
- A tooltip may be an object of titles: {"Share": "share|.1%"} has the format behind the line.
- `rows` draws one row for each value of a field: marks below texts, at their heights on a wide and
  on a narrow screen. `label`, `small` and `shown` are these texts, `line` is a rule below the
  marks, `room` is what `shown` needs on a line that it shares.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("charts")
# What every chart begins with.
CHART = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "width": "container",
    "data": {"name": "rows"},
}
_TYPES = {"Q": "quantitative", "N": "nominal", "O": "ordinal", "T": "temporal"}
# Pixels of what `shown` needs, and of an axis.
_ROOM, _AXIS = 200, 40
_TEXTS: dict[str, dict[str, Any]] = {
    "label": {"align": "left", "fontSize": 14, "fontWeight": 600},
    "small": {"align": "left", "fontSize": 12, "color": "var(--quiet)"},
    "shown": {"align": "right", "fontSize": 14},
}


@functools.cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.vl.json").read_text(encoding="utf-8")


def read(name: str) -> dict[str, Any]:
    """The chart of a file, in full."""
    spec = json.loads(_text(name))
    return CHART | _long(_with_rows(spec) if "rows" in spec else spec)


def _long(part: Any) -> Any:
    if isinstance(part, list):
        return [_long(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {key: _long(value) for key, value in part.items()}
    for channel, value in part.get("encoding", {}).items():
        if channel == "tooltip" and isinstance(value, dict):
            made["encoding"][channel] = [_field(f) | {"title": name} for name, f in value.items()]
        elif isinstance(value, str):
            made["encoding"][channel] = _field(value)
        elif isinstance(value, dict) and isinstance(value.get("field"), str):
            made["encoding"][channel] |= _field(value["field"])
    return made


def _field(text: str) -> dict[str, str]:
    text, _, shown = text.partition("|")
    name, _, kind = text.partition(":")
    made = {"field": name, "type": _TYPES.get(kind), "format": shown}
    return {key: value for key, value in made.items() if value}


def _with_rows(spec: Mapping[str, Any]) -> dict[str, Any]:
    rows = spec["rows"]
    y = {"field": f"{rows['by']}:N", "sort": None, "axis": None,
         "scale": {"paddingInner": 0, "paddingOuter": 0}}  # fmt: skip
    across = {"x": {"value": 0}, "x2": {"value": "width"}}
    line = {"mark": {"type": "rule", "color": "var(--line)"}, "encoding": across}
    layers = [*([line] if rows.get("line") else []), *spec["layer"]]
    narrow: dict[str, Any] = {}
    for number, layer in enumerate(layers):
        layer["mark"] = {"yOffset": rows["marks"][0]} | layer["mark"]
        narrow[str(number)] = {"mark": {"yOffset": rows["marks"][1]}}
    for name in (name for name in _TEXTS if name in rows):
        wide, small = (_row_text(rows, name, is_narrow) for is_narrow in (False, True))
        narrow[str(len(layers))] = small
        layers.append(wide)
    return {
        **{key: value for key, value in spec.items() if key != "rows"},
        "height": {"step": rows["step"][0]},
        "encoding": {"y": y, **spec.get("encoding", {})},
        "layer": layers,
        "usermeta": {"narrow": {"height": {"step": rows["step"][1]}, "layer": narrow}},
    }


def _row_text(rows: Mapping[str, Any], name: str, is_narrow: bool) -> dict[str, Any]:
    """A text of the rows, cut where its line ends; on a phone all begin on the left if they can."""
    heights = {key: rows[key][is_narrow] for key in _TEXTS if key in rows}
    beside = [key for key in heights if key != name and heights[key] == heights[name]]
    mark = {"type": "text", "yOffset": heights[name], **_TEXTS[name]}
    is_left = name != "shown" or (is_narrow and not beside)
    if is_left:
        room = rows.get("room", _ROOM) if beside else 0
        mark |= {"align": "left", "limit": {"expr": f"width - {room}"}}
    field = rows[name][2] if is_narrow and len(rows[name]) > 2 else name
    return {"mark": mark, "encoding": {"x": {"value": 0 if is_left else "width"}, "text": field}}


def height(spec: Mapping[str, Any], *, is_narrow: bool = False) -> int:
    """Pixels of a chart with its axis, on a wide or a narrow screen."""
    found = spec["height"]
    if is_narrow:
        found = spec.get("usermeta", {}).get("narrow", {}).get("height", found)
    if isinstance(found, dict):
        by = spec["encoding"]["y"]["field"]
        found = found["step"] * len({row[by] for row in spec["datasets"]["rows"]})
    return found + _AXIS


def merge(base: Any, changes: Any) -> Any:
    """The base with the changes put over it: objects key by key, layers by number, else whole."""
    if isinstance(base, list) and isinstance(changes, Mapping):
        return [merge(part, changes.get(str(place), {})) for place, part in enumerate(base)]
    if not (isinstance(base, Mapping) and isinstance(changes, Mapping)):
        return changes
    merged = dict(base)
    for key, value in changes.items():
        merged[key] = merge(base[key], value) if key in base else value
    return merged


def without_empty_layers(spec: dict[str, Any]) -> None:
    """Leave out layers of empty datasets; changes for narrow screens go by the layer's number."""
    kept = [
        number
        for number, layer in enumerate(spec["layer"])
        if spec["datasets"].get(layer.get("data", {}).get("name", "rows"), True)
    ]
    spec["layer"] = [spec["layer"][number] for number in kept]
    narrow = spec.get("usermeta", {}).get("narrow", {})
    if "layer" in narrow:
        narrow["layer"] = {
            str(now): narrow["layer"][str(before)]
            for now, before in enumerate(kept)
            if str(before) in narrow["layer"]
        }


def words_of(spec: Any) -> set[str]:
    """Every word of a spec that may name a field: rows are cut down to these."""
    return set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", json.dumps(spec)))
