"""The process that reads the published file for a server: one order after the other, in the end
killed by the server, or gone when the server is.

    server                          worker
                           <-----   an empty answer: it is ready
    {"tool", "arguments"}  ----->   a line of JSON
                           <-----   eight bytes of length, then JSON: "answer", "error" in words, or
                                    "stale": another release is in place, which another worker reads
"""

from __future__ import annotations

import json
import os
import queue
import resource
import sys
import threading
from typing import IO, Any

from chokepoint.assistant.about import about
from chokepoint.assistant.envelope import harmless, plain
from chokepoint.assistant.release import Asked, Release
from chokepoint.assistant.tools import Tool, tools
from chokepoint.errors import ChokepointError
from chokepoint.reading import metrics, queries
from chokepoint.settings import Settings

# Order of the server at the start, for which nobody waits.
WARM = "warm"
LENGTH = 8
# Of all memory of the process: the limit of DuckDB, and what its limit does not know of.
_MOST_MEMORY = 4 << 30


class Desk:
    """Answers orders on one release, that of the first order."""

    def __init__(self, settings: Settings, *, private: bool = False) -> None:
        self.settings = settings
        self.private = private
        self.tools: dict[str, Tool] = tools(settings)
        self._release: Release | None = None

    @property
    def is_stale(self) -> bool:
        """Whether another file is in place. DuckDB would open the old one again in this process."""
        return self._release is not None and not self._release.is_in_place()

    def answer(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """`about` and `data` of a tool's answer; raises ChokepointError."""
        if name not in self.tools:
            raise ChokepointError(
                f"There is no tool {name[:40]!r}.", f"use {', '.join(self.tools)}."
            )
        tool = self.tools[name]
        given = tool.given(arguments)
        asked = Asked(self._opened())
        found = tool.run(asked, given)
        said = about(asked, found.columns, found.rows, has_own_day=found.has_own_day)
        return {"about": plain(said), "data": found.data}

    def _opened(self) -> Release:
        if self._release is None:
            self._release = Release(self.settings, private=self.private)
        return self._release

    def warm(self) -> None:
        """Read and import what answers need, before somebody waits for one."""
        self.answer("materials", {})
        self.answer("coverage", {})
        for query in queries.list_queries(self.settings):
            Asked(self._opened()).note(query.sql)
        metrics.compile_sql(self.settings, [])


def reply(desk: Desk, order: dict[str, Any]) -> dict[str, Any]:
    """The answer to an order, or why there is none. Never raises."""
    import duckdb

    from chokepoint.reading.connection import damaged
    from chokepoint.warehouse.damage import is_broken

    try:
        if desk.is_stale:
            return {"stale": True}
        if order["tool"] == WARM:
            desk.warm()
            return {"answer": {}}
        return {"answer": desk.answer(order["tool"], order["arguments"])}
    except ChokepointError as error:
        return {"error": harmless(str(error))}
    except (duckdb.OutOfMemoryException, MemoryError):
        return {
            "error": "The answer needs more memory than it may have"
            f" ({desk.settings.memory_limit}).\n  What to do: aggregate first, or name a product, a"
            " country or a period."
        }
    except duckdb.Error as error:
        if is_broken(error):
            return {"error": harmless(str(damaged(desk.settings, error, private=desk.private)))}
        said = str(error).strip()
        return {"error": harmless(f"{said}\n  What to do: correct the request; `describe` and"
                                  " `find` say what there is.")}  # fmt: skip
    except Exception as error:
        return {"error": harmless(f"Unexpected: {type(error).__name__}: {error}")}


def main() -> None:
    """Answer orders until the server closes its end."""
    wire_in, wire_out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What a library prints is no answer.
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))
    orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(wire_in, orders), daemon=True).start()
    desk = Desk(Settings.from_env(), private="--private" in sys.argv)
    said: dict[str, Any] = {}
    while True:
        text = json.dumps(said, allow_nan=False).encode()
        wire_out.write(len(text).to_bytes(LENGTH) + text)
        wire_out.flush()
        said = reply(desk, json.loads(orders.get()))


def _listen(wire: IO[bytes], orders: queue.SimpleQueue[bytes]) -> None:
    """Pass on the orders; end the process, whatever it does, when the server is gone."""
    for line in wire:
        orders.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
