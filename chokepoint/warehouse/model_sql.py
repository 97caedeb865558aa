"""The SQL of dbt models without dbt, which needs seconds to start: a model and what it reads, with
macros and variables, in a database of one's own. `source()` and the like are not known here."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jinja2
import yaml

if TYPE_CHECKING:
    import duckdb


_MACRO = re.compile(r"\{%-?\s*macro\s+(\w+).*?endmacro\s*-?%\}", re.DOTALL)


class _ReturnError(Exception):
    """What `return()` raises in a macro: dbt's macros give back any value that way."""

    def __init__(self, value: Any) -> None:
        self.value = value


class ModelSql:
    """The models and seeds below a project folder, by name, as they are when first asked for."""

    def __init__(self, project_dir: Path) -> None:
        self.seeds = {path.stem: path for path in (project_dir / "seeds").rglob("*.csv")}
        self._models = {path.stem: path for path in (project_dir / "models").rglob("*.sql")}
        self._rendered: dict[str, tuple[str, list[str]]] = {}
        self._refs: list[str] = []
        self._compiled: dict[str, Any] = {}
        variables = _load_yaml(project_dir / "dbt_project.yml")["vars"]
        self._macros = {
            match[1]: match[0]
            for path in sorted((project_dir / "macros").glob("*.sql"))
            for match in _MACRO.finditer(path.read_text(encoding="utf-8"))
        }
        self._environment = jinja2.Environment(extensions=["jinja2.ext.do"])
        self._environment.globals.update(
            {name: functools.partial(self.macro_sql, name) for name in self._macros},
            ref=self._ref,
            var=variables.__getitem__,
            config=lambda **_: "",
            target=SimpleNamespace(type="duckdb"),
            **{"return": _give_back},
        )

    def columns(self, seed: str) -> list[str]:
        """The columns of a seed, as the yml beside it documents them."""
        path = self.seeds[seed]
        documented = _load_yaml(path.with_name(f"_{path.parent.name}__seeds.yml"))["seeds"]
        (entry,) = (entry for entry in documented if entry["name"] == seed)
        return list(entry["config"]["column_types"])

    def order(self, model: str, made: Collection[str] = ()) -> list[str]:
        """The model and all models and seeds above it, each after what it reads; nothing above
        `made` ones."""
        found: dict[str, None] = {}

        def visit(name: str) -> None:
            if name not in found:
                for parent in [] if name in self.seeds or name in made else self.sql(name)[1]:
                    visit(parent)
                found[name] = None

        visit(model)
        return list(found)

    def sql(self, model: str) -> tuple[str, list[str]]:
        """The SQL of a model and the names of the models and seeds it reads."""
        if model not in self._rendered:
            text = self._models[model].read_text(encoding="utf-8")
            self._refs = []
            self._rendered[model] = (self._environment.from_string(text).render(), self._refs)
        return self._rendered[model]

    def run(self, con: duckdb.DuckDBPyConnection, model: str) -> None:
        """Make a table of the model and of each above it that is not there yet; the seeds are."""
        made = {
            name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()
        }
        for name in self.order(model, made):
            if name not in self.seeds and name not in made:
                con.execute(f'create table "{name}" as {self.sql(name)[0]}')

    def macro_sql(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """What a macro of the project writes; each call of another macro comes back here."""
        if name not in self._compiled:
            template = self._environment.from_string(self._macros[name])
            self._compiled[name] = getattr(template.module, name)
        try:
            return self._compiled[name](*args, **kwargs)
        except _ReturnError as returned:
            return returned.value

    def _ref(self, name: str) -> str:
        self._refs.append(name)
        return f'"{name}"'


def _give_back(value: Any) -> Any:
    raise _ReturnError(value)


@functools.cache
def _load_yaml(path: Path) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
