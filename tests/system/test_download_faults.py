"""Downloads against a producer that drops, throttles, errs, cuts and changes files.

No live source is asked here: a server on this machine plays the producer.
"""

import email.utils
import errno
import gzip
import hashlib
import io
import json
import os
import shutil
import threading
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from build_kit import ran
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from producer_server import Answer, producer_server

from chokepoint.errors import ChokepointError
from chokepoint.landing.download import transfer
from chokepoint.landing.download.addresses import ApiKey, Producer, Request
from chokepoint.landing.download.fetch import download
from chokepoint.landing.download.parts import STATE_FOLDER, SUMS_FILE
from chokepoint.landing.download.transfer import Manners

BYTES = bytes(range(256)) * 400
NAME = "flows-2024-01.csv"


@pytest.fixture
def server():
    with producer_server() as running:
        yield running


def producer(kind="", **facts):
    facts = {"pause_seconds": 0, **facts}
    return Producer("test_source", "A producer", "", "monthly", kind=kind, **facts)


def manners(slept=None, **facts):
    facts = {"tries": 4, "first_wait": 0.001, "longest_wait": 0.002, "read_timeout": 5, **facts}
    return Manners(sleep=(lambda seconds: None) if slept is None else slept.append, **facts)


def wanted(name=NAME, path="/flows", period="2024-01", query=()):
    return Request(period, name, path, query)


def fetch(server, into, *requests, of=None, patience=None, **facts):
    return download(
        of or producer(), list(requests) or [wanted()], into=into, base_url=server.url,
        manners=patience or manners(), **facts,
    )  # fmt: skip


def only(found):
    assert len(found) == 1
    return found[0]


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def leftovers(folder):
    return sorted(path.name for path in (folder / STATE_FOLDER).glob("*.part*"))


def zipped(content, name="rows.csv"):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


# --- the plain way ------------------------------------------------------------------------------


def test_a_file_arrives_whole_with_its_checksum(server, tmp_path):
    server.serve("/flows", BYTES)
    found = only(fetch(server, tmp_path))
    assert (found.status, found.size_bytes, found.sha256) == (
        "downloaded", len(BYTES), sha256(BYTES),
    )  # fmt: skip
    assert (tmp_path / NAME).read_bytes() == BYTES
    assert server.asked[0].headers["user-agent"].startswith("chokepoint")
    assert leftovers(tmp_path) == []
    done = ran("sha256sum", "-c", f"{STATE_FOLDER}/{SUMS_FILE}", code=None, cwd=tmp_path)
    assert done.stdout == f"{NAME}: OK\n"


def test_a_file_that_still_stands_is_not_sent_again(server, tmp_path):
    for facts in (
        {"etag": '"one"'},
        {"etag": None, "last_modified": "Mon, 01 Jan 2024 00:00:00 GMT"},
    ):
        server.serve("/flows", BYTES, **facts)
        folder = tmp_path / str(facts["etag"]).strip('"')
        assert only(fetch(server, folder)).status == "downloaded"
        again = only(fetch(server, folder))
        assert (again.status, again.sha256) == ("unchanged", sha256(BYTES))
        assert {"if-none-match", "if-modified-since"} & set(server.asked[-1].headers)


@pytest.mark.parametrize(("content", "status"), [(BYTES[::-1], "revised"), (BYTES, "unchanged")])
def test_a_revised_file_takes_the_place_of_the_old_one(server, tmp_path, content, status):
    """The same bytes under another tag are no revision."""
    server.serve("/flows", BYTES)
    fetch(server, tmp_path)
    server.serve("/flows", content, etag='"two"')
    assert only(fetch(server, tmp_path)).status == status
    assert (tmp_path / NAME).read_bytes() == content


@pytest.mark.parametrize("was_fetched", [False, True])
def test_a_file_of_the_users_own_is_left_alone(server, tmp_path, was_fetched):
    server.serve("/flows", BYTES)
    if was_fetched:
        fetch(server, tmp_path)
    (tmp_path / NAME).write_bytes(b"mine")
    found = only(fetch(server, tmp_path))
    assert found.status == "left alone"
    assert "move it away" in found.note
    assert (tmp_path / NAME).read_bytes() == b"mine"


# --- what passes --------------------------------------------------------------------------------


def cut(at, **facts):
    return Answer(cut_at=at, **facts)


@pytest.mark.parametrize(
    ("facts", "answers", "ranges"),
    [
        *(
            ({}, [Answer(status=status)] * 2, [None] * 3)
            for status in (408, 429, 500, 502, 503, 504)
        ),
        # Resumed where it broke.
        ({}, [cut(30_000), cut(20_000)], [None, "bytes=30000-", "bytes=50000-"]),
        # A line that drops twenty times but brings something each time must get there.
        ({}, [cut(5_000)] * 20, None),
        # A weak tag says alike, not the same: bytes of two such files must not be joined.
        ({"etag": 'W/"one"'}, [cut(30_000)], [None, None]),
        ({"etag": None}, [cut(30_000)], [None, None]),
        ({"knows_ranges": False}, [cut(30_000)], None),
        # The answer is whole by its own length, the file is not.
        ({}, [cut(30_000), cut(10, length=10)], [None, "bytes=30000-", "bytes=30010-"]),
    ],
)
def test_what_passes_is_tried_again_and_no_byte_twice(server, tmp_path, facts, answers, ranges):
    server.serve("/flows", BYTES, **facts)
    server.then("/flows", *answers)
    found = only(fetch(server, tmp_path))
    assert (found.status, found.sha256) == ("downloaded", sha256(BYTES))
    assert ranges in (None, server.ranges())
    tags = {asked.headers.get("if-range") for asked in server.asked if "range" in asked.headers}
    assert tags <= {'"one"'}


@pytest.mark.parametrize(
    ("facts", "answers", "most", "words"),
    [
        ({}, [Answer(status=500)] * 50, 4, "answers 500"),
        ({}, [Answer(status=400)], 1, "the producer answers 400"),
        ({"knows_ranges": False}, [cut(5_000)] * 50, 6, "given up"),
        ({}, [Answer(length=len(BYTES) + 500)] * 50, 60, "given up"),
        ({}, [Answer(status=429, headers={"Retry-After": "86400"})], 1, "86400 seconds"),
    ],
)
def test_what_does_not_pass_is_given_up(server, tmp_path, facts, answers, most, words):
    server.serve("/flows", BYTES, **facts)
    server.then("/flows", *answers)
    slept = []
    found = only(fetch(server, tmp_path, patience=manners(slept)))
    assert (found.status, words in found.note) == ("failed", True), found.note
    assert len(server.asked) <= most
    assert all(seconds < 1 for seconds in slept)
    assert not (tmp_path / NAME).exists()


def test_retry_after_is_heeded_in_seconds_and_as_a_time(server, tmp_path):
    server.serve("/flows", BYTES)
    slept = []
    in_a_minute = email.utils.format_datetime(
        datetime.now(UTC) + timedelta(seconds=60), usegmt=True
    )
    server.then(
        "/flows",
        Answer(status=429, headers={"Retry-After": "37"}),
        Answer(status=503, headers={"Retry-After": in_a_minute}),
    )
    fetch(server, tmp_path, patience=manners(slept))
    assert slept[0] == pytest.approx(37, abs=0.1)
    assert 55 < slept[1] <= 61


@pytest.mark.parametrize("said", ["²", "٣", "1e3", "-1", "9" * 400, "Thu, 99 Foo 2024", ""])
def test_a_wait_that_is_no_number_is_not_heeded(server, tmp_path, said):
    answer = Answer(status=503)
    answer.headers["Retry-After"] = said.encode().decode("latin-1")
    server.serve("/flows", BYTES)
    server.then("/flows", answer)
    assert only(fetch(server, tmp_path)).status == "downloaded"


def test_a_producer_that_drips_is_given_up_and_the_part_kept(server, tmp_path):
    server.serve("/flows", BYTES)
    server.then("/flows", Answer(pieces=0.05))
    slow = manners(least_rate=1e7, rate_seconds=0.2)
    found = only(fetch(server, tmp_path, patience=slow))
    assert found.status == "failed"
    assert "bytes a second, less than 10,000,000" in found.note
    assert only(fetch(server, tmp_path)).sha256 == sha256(BYTES)
    assert server.ranges()[-1], "what came was not fetched again"


PACKED, TWICE = (Answer(headers={"Content-Encoding": coding}) for coding in ("gzip", "gzip, gzip"))


@pytest.mark.parametrize(
    ("content", "answer", "words"),
    [
        (BYTES, Answer(no_length=True), "larger than 50,000 bytes"),
        (gzip.compress(bytes(5 << 20)), PACKED, "unpacks to more than 250 times the"),
        (gzip.compress(gzip.compress(bytes(20 << 20))), TWICE, "coded more than once (gzip, gzip)"),
    ],
    ids=["without end", "packed", "packed twice"],
)
def test_an_answer_without_measure_is_given_up(
    server, tmp_path, monkeypatch, content, answer, words
):
    monkeypatch.setattr(transfer, "SMALL_BYTES", 1 << 20)
    server.serve("/flows", content)
    server.then("/flows", answer)
    most = 50_000 if content == BYTES else 50 << 30
    found = only(fetch(server, tmp_path, patience=manners(most_bytes=most)))
    assert found.status == "failed"
    assert words in found.note
    assert len(server.asked) == 1, "it was asked for once"
    assert leftovers(tmp_path) == []


# --- what breaks off ----------------------------------------------------------------------------


@pytest.mark.parametrize("heeds_if_range", [True, False])
def test_a_file_that_changes_midway_is_never_mixed(server, tmp_path, heeds_if_range):
    server.serve("/flows", BYTES)
    changed = BYTES[::-1]

    def change():
        server.serve("/flows", changed, etag='"two"', heeds_if_range=heeds_if_range)

    server.then("/flows", Answer(cut_at=30_000), Answer(before=change))
    assert only(fetch(server, tmp_path)).sha256 == sha256(changed)


@pytest.mark.parametrize(("content", "state"), [(BYTES[:1000], None), (BYTES, '{"etag": "on')])
def test_a_part_of_a_longer_file_or_with_a_torn_state_is_read_anew(
    server, tmp_path, content, state
):
    server.serve("/flows", BYTES)
    server.then("/flows", *[cut(30_000)] + [Answer(status=500)] * 9)
    fetch(server, tmp_path)
    if state:
        (tmp_path / STATE_FOLDER / f"{NAME}.part.json").write_text(state)
    server.answers.clear()
    server.serve("/flows", content, etag='"one"')
    assert only(fetch(server, tmp_path)).sha256 == sha256(content)


def test_a_silent_producer_is_not_waited_for_forever(server, tmp_path):
    server.serve("/flows", BYTES)
    is_over = threading.Event()
    server.then("/flows", Answer(before=lambda: is_over.wait(60)))
    found = only(fetch(server, tmp_path, patience=manners(read_timeout=0.1)))
    is_over.set()
    assert found.status == "downloaded"
    assert server.ranges() == [None, None], "it asked again before the first answer came"


@tried(25)
@given(
    st.lists(
        st.sampled_from(
            ["drop", "429", "500", "short", "ranges off", "ranges on", "revised", "blind"]
        ),
        max_size=8,
    ),
    st.integers(0, 60_000),
)
def test_whatever_happens_the_file_is_one_version_whole(tmp_path_factory, faults, cut):
    """Under any sequence of faults a file is either one of its versions, bit by bit, or absent."""
    versions = [zipped(os.urandom(50_000)) for _ in range(3)]
    into = tmp_path_factory.mktemp("any")
    with producer_server() as running:
        running.serve("/flows", versions[0], etag='"0"')
        known = [0]

        def revise():
            known[0] = min(known[0] + 1, 2)
            serve(knows_ranges=True)

        def serve(**facts):
            number = known[0]
            running.serve("/flows", versions[number], etag=f'"{number}"', **facts)

        answers = {
            "drop": Answer(cut_at=cut),
            "429": Answer(status=429),
            "500": Answer(status=500),
            "short": Answer(no_length=True, cut_at=cut),
            "ranges off": Answer(cut_at=cut, before=lambda: serve(knows_ranges=False)),
            "ranges on": Answer(cut_at=cut, before=lambda: serve(knows_ranges=True)),
            "revised": Answer(cut_at=cut, before=revise),
            "blind": Answer(cut_at=cut, before=lambda: serve(heeds_if_range=False)),
        }
        running.then("/flows", *(answers[fault] for fault in faults))
        found = only(fetch(running, into, wanted("f.zip"), of=producer("zip")))
    if found.status == "failed":
        assert not (into / "f.zip").exists()
    else:
        assert found.status in ("downloaded", "resumed")
        assert (into / "f.zip").read_bytes() in versions


# --- what is not the file -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["zip", "7z"])
def test_a_damaged_archive_never_gets_its_name(server, tmp_path, kind):
    if kind == "zip":
        content = bytearray(zipped(BYTES))
    else:
        import py7zr

        path = tmp_path / "made.7z"
        with py7zr.SevenZipFile(path, "w") as archive:
            archive.writestr(os.urandom(5000), "rows.csv")
        content = bytearray(path.read_bytes())
        good = bytes(content)
        server.serve("/good", good)
        ok = fetch(server, tmp_path, wanted("good.7z", "/good"), of=producer(kind))
        assert only(ok).status == "downloaded"
    content[len(content) // 3] ^= 0xFF
    server.serve("/flows", bytes(content))
    found = only(fetch(server, tmp_path, wanted(f"flows.{kind}"), of=producer(kind)))
    assert found.status == "failed"
    assert "damaged" in found.note
    assert not (tmp_path / f"flows.{kind}").exists()
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "body", "status", "words"),
    [
        ("csv", b"<!doctype html><html>maintenance</html>", "failed", "web page"),
        ("json", b"<html>Missing Key</html>", "failed", "web page"),
        ("json", b'{"count":0,"data":[],"error":""}', "not published", "no rows"),
        ("json", b'{"value":[]}', "not published", "no rows"),
        ("json", b'[["a","b"],["1"', "failed", "no whole JSON"),
        ("csv", b"a,b,c\n", "not published", "no rows"),
        ("csv", b"", "failed", "empty"),
        ("json", b'{"count":100000,"data":[{"a":1}]}', "failed", "cuts it off"),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_delivery_is_told(server, tmp_path, kind, body, status, words):
    server.serve("/flows", body)
    found = only(fetch(server, tmp_path, of=producer(kind, row_limits=(100_000,))))
    assert (found.status, words in found.note) == (status, True), found.note
    assert not (tmp_path / NAME).exists()


def page(server, rows, more=None):
    link = f', "@odata.nextLink": "{server.url}{more}"' if more else ""
    return f'{{"@odata.context": "x", "value": [{", ".join(rows)}]{link}}}'.encode()


def test_pages_of_an_answer_become_one_file(server, tmp_path):
    """Each page is tried again on its own, digits stay, and a second run says unchanged."""
    server.serve("/flows", page(server, ['{"a": 1.10}'], "/flows2?$skip=1"))
    server.serve("/flows2", page(server, ['{"a": 2}', '{"a": 3}'], "/flows3"))
    server.serve("/flows3", page(server, ['{"a": 4}']))
    server.then("/flows2", Answer(status=503), Answer(cut_at=20))
    paged = producer("json", has_pages=True)
    found = only(fetch(server, tmp_path, wanted("f.json"), of=paged))
    assert found.status == "downloaded"
    text = (tmp_path / "f.json").read_text()
    assert [row["a"] for row in json.loads(text)["value"]] == [1.1, 2, 3, 4]
    assert "1.10" in text
    assert ("$skip", "1") in server.asked[-2].query
    assert leftovers(tmp_path) == []
    assert only(fetch(server, tmp_path, wanted("f.json"), of=paged)).status == "unchanged"
    server.serve("/flows3", page(server, ['{"a": 5}']))
    assert only(fetch(server, tmp_path, wanted("f.json"), of=paged)).status == "revised"


@pytest.mark.parametrize(
    ("link", "words"),
    [("{}/gone", "no such file"), ("http://127.0.0.2/x", "lies at another address")],
)
def test_a_page_that_fails_or_lies_elsewhere_leaves_no_file(server, tmp_path, link, words):
    link = link.format(server.url)
    server.serve("/flows", f'{{"value": [{{"a": 1}}], "@odata.nextLink": "{link}"}}'.encode())
    paged = producer("json", has_pages=True)
    found = only(fetch(server, tmp_path, wanted("f.json"), of=paged))
    assert (found.status != "downloaded", words in found.note) == (True, True)
    assert not (tmp_path / "f.json").exists()


@pytest.mark.parametrize("status", [204, 404, 410])
def test_a_month_not_published_yet_does_not_stop_the_others(server, tmp_path, status):
    server.serve("/2", BYTES)
    server.then("/1", Answer(status=status))
    found = fetch(
        server, tmp_path, wanted("a.csv", "/1", "2024-01"), wanted("b.csv", "/2", "2024-02")
    )
    assert [one.status for one in found] == ["not published", "downloaded"]
    assert "2024-01 is not published yet" in found[0].note
    assert not found[0].is_trouble


def test_a_host_that_does_not_answer_is_asked_for_one_file_only(tmp_path):
    with producer_server() as gone:
        url = gone.url
    found = download(
        producer(), [wanted("a.csv"), wanted("b.csv")], into=tmp_path, base_url=url,
        manners=manners(),
    )  # fmt: skip
    assert [one.status for one in found] == ["failed", "not tried"]
    assert "does not answer" in found[1].note


# --- keys ---------------------------------------------------------------------------------------

HEADER_KEY = ApiKey("TEST_KEY", "https://sign.up", header="X-Key")
QUERY_KEY = ApiKey("TEST_KEY", "https://sign.up", parameter="key", required=False)
SECRET = "s3cr3t-k3y-000"


def with_key(server, into, *requests, **facts):
    """`fetch` from a host that may have the key."""
    return fetch(server, into, *requests, send_key_to=server.url.partition("//")[2], **facts)


def texts_below(folder):
    return "".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("key", [HEADER_KEY, QUERY_KEY])
def test_a_key_reaches_the_producer_and_is_written_nowhere(
    server, tmp_path, monkeypatch, capfd, caplog, key
):
    import logging

    monkeypatch.setenv("TEST_KEY", SECRET)
    caplog.set_level(logging.DEBUG)
    server.serve("/flows", b"a,b\n1,2\n")
    server.then("/flows", Answer(status=500), Answer(cut_at=2))
    found = only(with_key(server, tmp_path, of=producer("csv", key=key)))
    assert found.status == "downloaded"
    for asked in server.asked:
        assert SECRET in (asked.headers.get("x-key"), dict(asked.query).get("key"))
    server.then("/other", *[Answer(status=400)])
    failed = with_key(server, tmp_path, wanted("o.csv", "/other"), of=producer("csv", key=key))
    shown = "".join(capfd.readouterr()) + caplog.text + repr(found) + repr(failed)
    assert SECRET not in shown + texts_below(tmp_path)


@pytest.mark.parametrize("key", [HEADER_KEY, QUERY_KEY])
@pytest.mark.parametrize("query", ["", "?key={}", "?a=b&key={}&c=d"])
def test_a_key_is_not_carried_to_another_host(server, tmp_path, monkeypatch, key, query):
    """Not in a header, and not in the query that a redirect may keep."""
    monkeypatch.setenv("TEST_KEY", SECRET)
    with producer_server() as other:
        other.serve("/moved", b"a\n1\n")
        place = f"{other.url}/moved{query.format(SECRET)}"
        server.then("/flows", Answer(status=302, headers={"Location": place}))
        found = only(with_key(server, tmp_path, of=producer("csv", key=key)))
        assert found.status == "downloaded"
        asked = server.asked[0]
        assert SECRET in (asked.headers.get("x-key"), dict(asked.query).get("key"))
        assert SECRET not in repr((dict(other.asked[0].headers), other.asked[0].query))
        if "a=b" in query:
            assert dict(other.asked[0].query) == {"a": "b", "c": "d"}


def test_a_key_goes_to_the_producer_only_unless_a_host_is_named(server, tmp_path, monkeypatch):
    """A mirror that was named for its files has not been trusted with a key."""
    monkeypatch.setenv("TEST_KEY", SECRET)
    host = server.url.partition("//")[2]
    refused = f"TEST_KEY is not sent to {server.url}"
    for base_url in ("", "https://producer.example.org", server.url):
        of = producer("csv", key=HEADER_KEY, base_url=base_url)
        with pytest.raises(ChokepointError, match=refused) as caught:
            fetch(server, tmp_path, of=of)
        assert f"--send-key-to {host}" in caught.value.remedy
        assert SECRET not in str(caught.value)
    assert server.asked == []
    # One that is not needed stays at home without a word.
    server.serve("/flows", b"a,b\n1,2\n")
    found = only(fetch(server, tmp_path, of=producer("csv", key=QUERY_KEY)))
    assert found.status == "downloaded"
    assert SECRET not in repr(server.asked[0].query)


def test_a_missing_or_refused_key_is_told_with_where_to_get_one(server, tmp_path, monkeypatch):
    monkeypatch.delenv("TEST_KEY", raising=False)
    with pytest.raises(ChokepointError, match="TEST_KEY is not set") as raised:
        fetch(server, tmp_path, of=producer("csv", key=HEADER_KEY))
    assert "https://sign.up" in raised.value.remedy
    monkeypatch.setenv("TEST_KEY", SECRET)
    server.then("/flows", Answer(status=401))
    with pytest.raises(ChokepointError, match="not accepted") as raised:
        with_key(server, tmp_path, of=producer("csv", key=HEADER_KEY))
    assert SECRET not in str(raised.value)
    monkeypatch.setenv("TEST_KEY", "a b")
    with pytest.raises(ChokepointError, match="characters that no key has"):
        fetch(server, tmp_path, of=producer("csv", key=HEADER_KEY))


# --- manners ------------------------------------------------------------------------------------


def test_requests_keep_their_distance_on_one_connection(server, tmp_path, monkeypatch):
    for number in range(4):
        server.serve(f"/{number}", BYTES)
    requests = [wanted(f"{number}.csv", f"/{number}") for number in range(4)]
    clock, slept = [100.0], []

    def sleep(seconds):
        slept.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    fetch(server, tmp_path, *requests, patience=Manners(pause_seconds=2.5, sleep=sleep))
    assert slept == [2.5, 2.5, 2.5]
    assert len({asked.port for asked in server.asked}) == 1


def test_two_downloads_into_one_folder_do_not_meet(server, tmp_path):
    server.serve("/flows", BYTES)
    seen = []

    def second():
        with pytest.raises(ChokepointError, match="another download is writing") as raised:
            fetch(server, tmp_path, wanted("b.csv", "/flows"))
        seen.append(raised.value.remedy)

    server.then("/flows", Answer(before=second))
    assert only(fetch(server, tmp_path)).status == "downloaded"
    assert "--into" in seen[0]


# --- the machine --------------------------------------------------------------------------------


def test_a_disk_too_small_is_told_before_it_fills(server, tmp_path, monkeypatch):
    server.serve("/flows", BYTES)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(ChokepointError, match=r"is full: .* needs 102,400 bytes, 1,000 are free"):
        fetch(server, tmp_path)
    assert not (tmp_path / NAME).exists()


def test_a_disk_that_fills_keeps_the_part_for_the_next_run(server, tmp_path, monkeypatch):
    server.serve("/flows", BYTES)
    server.then("/flows", Answer(cut_at=40_000))
    real = os.fsync

    def full(handle):
        if os.fstat(handle).st_size >= 40_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ChokepointError, match=r"the disk of .* is full"):
        fetch(server, tmp_path)
    monkeypatch.setattr(os, "fsync", real)
    assert only(fetch(server, tmp_path)).status == "resumed"
    assert server.ranges()[-1] == "bytes=40000-"
    assert (tmp_path / NAME).read_bytes() == BYTES


def test_a_run_killed_before_the_rename_finishes_without_a_request(server, tmp_path, monkeypatch):
    """The bytes are there: the next run only gives them their name."""
    server.serve("/flows", BYTES)
    real = Path.replace

    def killed(path, target):
        if path.name == f"{NAME}.part":
            raise KeyboardInterrupt
        return real(path, target)

    for replaced in (None, BYTES[::-1]):
        if replaced:
            server.serve("/flows", replaced, etag='"two"')
        monkeypatch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            fetch(server, tmp_path)
        monkeypatch.setattr(Path, "replace", real)
        before = len(server.asked)
        assert only(fetch(server, tmp_path)).status == ("revised" if replaced else "resumed")
        assert len(server.asked) == before
        assert (tmp_path / NAME).read_bytes() == (replaced or BYTES)
