"""`chokepoint.open(address)`: fetched once, whole or not at all, and the file that was named."""

import hashlib

import duckdb
import publishing_warehouse as kit
import pytest
from producer_server import Answer, producer_server

import chokepoint
from chokepoint.errors import ChokepointError

FILE, SUMS = "/releases/1/chokepoint.duckdb", "/releases/1/SHA256SUMS"


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    settings = kit.make_settings(tmp_path_factory.mktemp("release"))
    kit.make_warehouse(settings)
    return kit.publish(settings).path.read_bytes()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CHOKEPOINT_CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def server(content, cache):
    with producer_server() as served:
        served.serve(FILE, content)
        yield served


def state_sum(server, content):
    digest = hashlib.sha256(content).hexdigest()
    server.serve(SUMS, f"{digest}  chokepoint.duckdb\n{'0' * 64}  other\n".encode())


def asked(server):
    return [request.path for request in server.asked]


def test_a_release_is_fetched_once(server, content):
    state_sum(server, content)
    for _ in range(2):
        with chokepoint.open(server.url + FILE) as release:
            assert release.sql("select count(*) from marts.fct_shares").fetchall() == [(1000,)]
    assert asked(server) == [SUMS, FILE, SUMS]


def test_a_file_of_the_cache_that_was_damaged_is_fetched_anew(server, content, cache):
    state_sum(server, content)
    chokepoint.open(server.url + FILE).close()
    (kept,) = cache.glob("*.duckdb")
    kept.write_bytes(content[:-1] + b"x")
    chokepoint.open(server.url + FILE).close()
    assert asked(server).count(FILE) == 2
    assert kept.read_bytes() == content


def test_without_sums_it_is_fetched_each_time(server):
    for _ in range(2):
        chokepoint.open(server.url + FILE).close()
    assert asked(server).count(FILE) == 2


@pytest.mark.parametrize("has_sums", [True, False])
def test_a_download_that_breaks_off_is_not_kept(server, content, cache, has_sums):
    if has_sums:
        state_sum(server, content)
    server.then(FILE, Answer(cut_at=1000))
    with pytest.raises(ChokepointError, match="broke off after"):
        chokepoint.open(server.url + FILE)
    assert list(cache.iterdir()) == []
    chokepoint.open(server.url + FILE).close()


def test_a_file_that_is_another_than_named_is_not_kept(server, cache):
    state_sum(server, b"another")
    with pytest.raises(ChokepointError, match="is not the file that"):
        chokepoint.open(server.url + FILE)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("line", ["{digest} *chokepoint.duckdb", "{upper}  ./chokepoint.duckdb"])
def test_sums_are_read_as_sha256sum_writes_them(server, content, line):
    digest = hashlib.sha256(content).hexdigest()
    server.serve(SUMS, line.format(digest=digest, upper=digest.upper()).encode())
    for _ in range(2):
        chokepoint.open(server.url + FILE).close()
    assert asked(server).count(FILE) == 1


@pytest.mark.parametrize("text", [b"", b" ", b"<html>sign in</html>", b"0" * 64 + b"  other"])
def test_sums_that_do_not_name_the_file_are_no_leave_to_skip_them(server, text):
    server.serve(SUMS, text)
    with pytest.raises(ChokepointError, match="so the file cannot be checked"):
        chokepoint.open(server.url + FILE)
    server.then(SUMS, Answer(status=500, body=b"oops"))
    with pytest.raises(ChokepointError, match="answers 500"):
        chokepoint.open(server.url + FILE)
    assert FILE not in asked(server)


def test_a_release_that_was_replaced_is_not_taken_for_the_one_that_is_open(content, tmp_path):
    path = tmp_path / "chokepoint.duckdb"
    path.write_bytes(content)
    with chokepoint.open(path), chokepoint.open(path):
        path.with_suffix(".new").write_bytes(content)
        path.with_suffix(".new").replace(path)
        with pytest.raises(ChokepointError, match="was replaced, and this process still has"):
            chokepoint.open(path)
    chokepoint.open(path).close()


def test_a_release_reads_nothing_but_itself(content, tmp_path):
    """Who opens a file of others runs its views and questions."""
    path, mine = tmp_path / "chokepoint.duckdb", tmp_path / "mine.csv"
    path.write_bytes(content)
    mine.write_text("x\n1\n")
    for statement in (f"from '{mine}'", f"copy (select 1) to '{tmp_path / 'out.csv'}'"):
        with (
            chokepoint.open(path) as release,
            pytest.raises(duckdb.Error, match="disabled by configuration"),
        ):
            release.sql(statement)
    with chokepoint.open(path, files=True) as release:
        assert release.sql(f"from '{mine}'").fetchall() == [(1,)]


def test_an_address_without_a_release_is_said(server):
    with pytest.raises(ChokepointError, match="answers 404"):
        chokepoint.open(server.url + "/nothing.duckdb")
    with pytest.raises(ChokepointError, match="names no file"):
        chokepoint.open(server.url + "/")
    server.serve("/page.html", b"<html>not a database</html>")
    with pytest.raises(ChokepointError, match="cannot be read"):
        chokepoint.open(server.url + "/page.html")
    server.close()
    with pytest.raises(ChokepointError, match="cannot be reached"):
        chokepoint.open(server.url + FILE)
