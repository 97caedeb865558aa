"""The server of an assistant on loopback HTTP."""

import socket
from urllib.parse import urlsplit

import anyio
import pytest

from chokepoint.assistant import server
from chokepoint.locks import bound_to
from chokepoint.settings import Settings


class EnoughError(Exception):
    """Ends the server."""


def test_it_listens_when_it_says_so(tmp_path, monkeypatch):
    """A client that waits for the word would be refused."""

    def said(text, **_):
        address = urlsplit(text.removeprefix("Listening on "))
        socket.create_connection((address.hostname, address.port), timeout=5).close()
        raise EnoughError

    monkeypatch.setattr(server, "print", said, raising=False)
    desk = server.Desk(Settings(data_dir=tmp_path), private=False, seconds=5.0)
    with bound_to(server.HOST, 0) as bound, pytest.raises(EnoughError):
        anyio.run(server._serve_http, desk, bound, b"a-token")
