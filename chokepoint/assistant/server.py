"""The server: the tools in the words of the protocol, over standard output or loopback HTTP."""

from __future__ import annotations

import contextlib
import hmac
import os
import resource
import secrets
import socket
import sys
from importlib.metadata import version
from typing import Any

import anyio
import mcp.types as types
import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chokepoint.assistant.desk import Desk
from chokepoint.assistant.envelope import NOTICE, harmless, text_of
from chokepoint.errors import ChokepointError
from chokepoint.locks import bound_to
from chokepoint.settings import Settings

HOST = "127.0.0.1"
PATH = "/mcp"
TOKEN_VARIABLE = "CHOKEPOINT_MCP_TOKEN"
_SHORTEST_TOKEN = 16
# Of all memory of the process: the limit of DuckDB, and what its limit does not know of.
_MOST_MEMORY = 4 << 30
_INSTRUCTIONS = (
    "Chokepoint: where the European Union depends on foreign suppliers, and which export"
    " restrictions affect those goods. Start with `questions`; `ask` answers one of them. What"
    " limits an answer is in its `about`. It has day, release, law checked to, sources, worst"
    " certainty, known gaps and the synthetic share. Pass these on with every figure. A tariff"
    " code is wider than the control: give both bounds. No figure does not mean zero. "
) + NOTICE


def run(
    settings: Settings, *, private: bool, seconds: float, http: bool = False, port: int = 0
) -> None:
    """Serve until standard input ends or the process is stopped: an answer within `seconds`, the
    private copy not over HTTP, port 0 any free one. ChokepointError where port or token cannot be
    used."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))
    desk = Desk(settings, private=private, seconds=seconds)
    with contextlib.suppress(KeyboardInterrupt):
        if http:
            token = _token()
            with bound_to(HOST, port) as bound:
                desk.warm()
                anyio.run(_serve_http, desk, bound, token)
        else:
            if sys.stdin.isatty():
                said = "Waiting for an assistant on standard input; Ctrl-C ends it."
                print(said, file=sys.stderr)
            desk.warm()
            anyio.run(_serve_stdio, desk)
    # A thread that still reads would make the end of the process a crash.
    os._exit(0)


def make_server(desk: Desk) -> Server[Any]:
    """The protocol's server of the tools."""
    listed = [
        types.Tool(
            name=tool.name,
            description=tool.description,
            input_schema=tool.schema(),
            annotations=types.ToolAnnotations(read_only_hint=True, open_world_hint=False),
        )
        for tool in desk.tools.values()
    ]

    async def list_tools(_: Any, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=listed)

    async def call_tool(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            answer = await desk.ask(params.name, params.arguments or {})
        except ChokepointError as error:
            # Words of a request come back in an error: they are data too.
            answer = {"error": harmless(str(error))}
        except Exception as error:
            answer = {"error": harmless(f"Unexpected: {type(error).__name__}: {error}")}
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=text_of(answer))],
            structured_content={"notice": NOTICE, **answer},
            is_error="error" in answer,
        )

    return Server(
        "chokepoint", version=version("chokepoint"), instructions=_INSTRUCTIONS,
        on_list_tools=list_tools, on_call_tool=call_tool,
    )  # fmt: skip


async def _serve_stdio(desk: Desk) -> None:
    server = make_server(desk)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


async def _serve_http(desk: Desk, bound: socket.socket, token: bytes) -> None:
    port = bound.getsockname()[1]
    names = (f"{HOST}:{port}", f"localhost:{port}")
    security = TransportSecuritySettings(
        allowed_hosts=[*names], allowed_origins=[f"http://{name}" for name in names]
    )
    app = make_server(desk).streamable_http_app(
        streamable_http_path=PATH, json_response=True, transport_security=security, host=HOST
    )
    config = uvicorn.Config(
        _guarded(app, token), log_level="warning", access_log=False, server_header=False,
        timeout_graceful_shutdown=2,
    )  # fmt: skip
    # Whoever comes before the server runs waits in the socket's queue.
    bound.listen()
    print(f"Listening on http://{HOST}:{port}{PATH}", file=sys.stderr, flush=True)
    await uvicorn.Server(config).serve(sockets=[bound])


def _guarded(app: ASGIApp, token: bytes) -> ASGIApp:
    """The application for those who have the token; all others are told that they need it."""
    wanted = b"Bearer " + token
    refusal = PlainTextResponse(
        "This server needs its token: send the header `Authorization: Bearer TOKEN`. The token is"
        f" in {TOKEN_VARIABLE}, or was printed when the server started.\n",
        401,
        {"WWW-Authenticate": "Bearer"},
    )

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        given = [value for name, value in scope.get("headers", ()) if name == b"authorization"]
        is_known = len(given) == 1 and hmac.compare_digest(given[0], wanted)
        asked = app if scope["type"] != "http" or is_known else refusal
        await asked(scope, receive, send)

    return guarded


def _token() -> bytes:
    """The token of the environment, or a new one, printed once on standard error."""
    given = os.environ.get(TOKEN_VARIABLE, "")
    if not given:
        made = secrets.token_urlsafe(32)
        print(f"Token: {made}", file=sys.stderr, flush=True)
        return made.encode()
    if len(given) < _SHORTEST_TOKEN or not given.isascii() or not given.isprintable():
        raise ChokepointError(
            f"{TOKEN_VARIABLE} has {len(given)} characters, or others than ASCII.",
            f"set it to {_SHORTEST_TOKEN} or more letters and digits, or leave it out.",
        )
    return given.encode()
