"""Which SQL of an assistant is run: it reaches the relations of the release, not the machine."""

import duckdb
import pytest

from chokepoint.assistant import server
from chokepoint.assistant.release import NEEDED, Asked
from chokepoint.assistant.statements import check
from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A published file of the fewest relations that an answer needs, with a view and a macro."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    settings.published_dir.mkdir()
    with duckdb.connect(str(settings.published_path)) as con:
        for schema in ("meta", "marts", "reports"):
            con.execute(f"create schema {schema}")
        for label in NEEDED:
            con.execute(f"create table {label} (schema_name text, relation_name text)")
        con.execute("alter table meta.macros rename relation_name to macro_name")
        con.execute("create view marts.first as select 1 as one from meta.build")
        con.execute("create macro marts.upto(n) as table select * from range(n)")
        con.execute("create macro marts.half(n) as n / 2")
        con.execute("insert into meta.macros values ('marts', 'upto')")
        con.execute("insert into meta.build values ('a', 'b')")
        for label in (*NEEDED, "marts.first"):
            con.execute("insert into meta.relations values (?, ?)", label.split("."))
    return Asked(settings)


@pytest.mark.parametrize(
    "statement",
    [
        "from pg_settings", "from pg_catalog.pg_settings", "from duckdb_databases",
        "from duckdb_databases()", "from system.main.duckdb_databases",
        "from pragma_database_list", "from information_schema.tables", "show databases",
        "from (show databases)", "summarize pg_settings", "describe pg_catalog.pg_settings",
        "describe select * from pg_catalog.pg_settings", "from (describe from pg_settings)",
        "select (select path from duckdb_databases limit 1)",
        "select 1 where exists (from pg_settings)",
        "from marts.first union all by name from pg_settings",
        "select * from pg_settings, (with pg_settings as (select 1) from pg_settings)",
        "select current_setting('secret_directory')",
        "select main.current_setting('secret_directory')",
        "select 'secret_directory'.current_setting()",
        "select \"CURRENT_SETTING\"('secret_directory')",
        "select list_transform(['temp_directory'], lambda name: current_setting(name))",
        "select sum(1) over (partition by current_setting('temp_directory'))",
        "select * replace (current_setting('temp_directory') as schema_name) from meta.build",
        "from range(length(current_setting('temp_directory')))",
        "from marts.upto(length(current_setting('temp_directory')))",
        "with a as materialized (select current_setting('threads')) from a",
        "describe select current_setting('threads')", "select getvariable('x')",
        "select current_database()", "select get_block_size('chokepoint')",
        "select pg_catalog.pg_get_viewdef(1)", "show secret_directory", "SHOW \"allowed_paths\"",
        "from (show secret_directory)", "with x as (show threads) from x", "show tables",
        "select json_serialize_plan('select current_setting(''threads'')', optimize := true)",
        "select JSON_SERIALIZE_SQL('from duckdb_databases()')",
        "from (select json_deserialize_sql('{}'))", "from read_csv('/etc/passwd')",
        "from read_blob('/etc/*')", "from glob('/**')", "from query('select 1')",
        "select (select content from read_text('/etc/passwd'))", "from duckdb_settings()",
        "with x as (from read_text('/etc/passwd')) from x",
        "from json_execute_serialized_sql('{}')",
        "from enable_profiling(save_location = '/tmp/x')",
        "from arrow_scan(1::pointer, 2::pointer, 3::pointer)",
        "from system.main.read_text('/etc/passwd')",
    ],
)  # fmt: skip
def test_nothing_tells_of_the_machine(asked, statement):
    with pytest.raises(ChokepointError, match=r"not available here|not of this release") as caught:
        check(asked, statement)
    assert str(asked.settings.data_dir) not in str(caught.value)


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("from meta.build;", {"meta.build"}),
        ("from marts.first", {"meta.build"}),
        ("from marts.upto(3)", set()),
        ("select marts.half(2), now() - interval 1 day, date_trunc('month', today())", set()),
        ("with recursive r as (select 1 n union all select n + 1 from r) from r limit 3", set()),
        ("select x, (select max(y) from range(x) as r (y)) from range(3) as t (x)", set()),
        ("select count(*), row_number() over () from json_each('[1]'), unnest([1, 2])", set()),
        ("select list_transform([1], lambda n: n + 1), {'a': 1}.a, 'a' like 'b'", set()),
        ("summarize meta.build", {"meta.build"}),
        ("describe meta.build", {"meta.build"}),
        ("describe with a as (from marts.first) from a, range(3)", {"meta.build"}),
        ("select * from meta.build where exists (from meta.macros where schema_name = '1')",
         {"meta.build", "meta.macros"}),
    ],
)  # fmt: skip
def test_what_reads_the_release_is_run(asked, statement, tables):
    assert check(asked, statement) == (statement.rstrip(";"), tables)


def test_a_token_that_is_short_is_answered_in_words(monkeypatch):
    monkeypatch.setenv(server.TOKEN_VARIABLE, "short")
    with pytest.raises(ChokepointError, match="CHOKEPOINT_MCP_TOKEN has 5 characters"):
        server._token()
