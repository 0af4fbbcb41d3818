"""Each HTTP client that is installed, reading a stream: what it saw of it, up to the fault and the fault itself."""

from __future__ import annotations

import asyncio
import importlib.util
import re
from typing import Any, NamedTuple

CHAT = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}], "stream": True}
_PATH = "/chat/completions"
_PORT = re.compile(r"\b(?:port=)?\d{4,5}\b")
_LIBRARIES = ("openai", "httpx", "httpx2", "requests", "urllib3", "aiohttp")
_ADDRESS = re.compile(r"0x[0-9a-f]+")


class Seen(NamedTuple):
    """What a client saw: the data up to a fault, and the fault with its causes, by class and message."""

    data: Any
    fault: tuple[str, ...] = ()


def fault_of(error):
    """An error and its causes, by class and message, without ports and addresses."""
    found = []
    while error is not None:
        kind = type(error)
        text = _ADDRESS.sub("…", _PORT.sub("PORT", str(error)))
        found.append(f"{kind.__module__.split('.')[0]}.{kind.__name__}: {text}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return tuple(found)


def own(fault):
    """A fault without the causes from the layers below an HTTP library, which a replay does not have."""
    return tuple(one for one in fault if one.partition(".")[0] in _LIBRARIES)


def _run(read, data):
    try:
        read(data)
    except Exception as error:  # noqa: BLE001  # whatever the client raises is what is compared
        return fault_of(error)
    return ()


def _bytes_of(read):
    def seen(url, timeout=5.0, **options):
        data = []
        fault = _run(lambda found: read(url, timeout, found, **options), data)
        return Seen(b"".join(data), fault)

    return seen


def _items_of(read):
    def seen(url, timeout=5.0, **options):
        data = []
        fault = _run(lambda found: read(url, timeout, found, **options), data)
        return Seen(tuple(data), fault)

    return seen


def _httpx(name):
    def read(url, timeout, data):
        library = importlib.import_module(name)
        with library.Client(timeout=timeout) as client, client.stream("POST", url + _PATH, json=CHAT) as response:
            data.extend(response.iter_raw())

    return read


def _httpx_async(name):
    def read(url, timeout, data):
        library = importlib.import_module(name)

        async def work():
            async with (
                library.AsyncClient(timeout=timeout) as client,
                client.stream("POST", url + _PATH, json=CHAT) as response,
            ):
                async for piece in response.aiter_raw():
                    data.append(piece)

        asyncio.run(work())

    return read


def _requests(url, timeout, data):
    import requests

    with requests.Session() as session:
        response = session.post(url + _PATH, json=CHAT, stream=True, timeout=timeout)
        data.extend(response.iter_content(None))


def _urllib3(url, timeout, data):
    import urllib3

    with urllib3.PoolManager(retries=False) as pool:
        response = pool.request("POST", url + _PATH, json=CHAT, preload_content=False, timeout=timeout)
        data.extend(response.stream(1))


def _aiohttp(url, timeout, data):
    import aiohttp

    async def work():
        limits = aiohttp.ClientTimeout(total=None, sock_connect=timeout, sock_read=timeout)
        async with (
            aiohttp.ClientSession(timeout=limits) as session,
            session.post(url + _PATH, json=CHAT) as response,
        ):
            async for piece in response.content.iter_any():
                data.append(piece)

    asyncio.run(work())


def _client(url, timeout, retries=0):
    import openai

    return openai.OpenAI(api_key="none", base_url=url, max_retries=retries, timeout=timeout)


def _async_client(url, timeout, retries=0):
    import openai

    return openai.AsyncOpenAI(api_key="none", base_url=url, max_retries=retries, timeout=timeout)


def _openai(url, timeout, data, retries=0):
    with _client(url, timeout, retries) as client, client.chat.completions.create(**CHAT) as stream:
        data.extend(chunk.to_json() for chunk in stream)


def _openai_async(url, timeout, data, retries=0):
    async def work():
        async with _async_client(url, timeout, retries) as client:
            async for chunk in await client.chat.completions.create(**CHAT):
                data.append(chunk.to_json())

    asyncio.run(work())


def _openai_bytes(url, timeout, data):
    with (
        _client(url, timeout) as client,
        client.chat.completions.with_streaming_response.create(**CHAT) as response,
    ):
        data.extend(response.iter_bytes())


def _openai_lines(url, timeout, data):
    with (
        _client(url, timeout) as client,
        client.chat.completions.with_streaming_response.create(**CHAT) as response,
    ):
        data.extend(response.iter_lines())


_ALL = {
    "httpx": ("httpx", _bytes_of(_httpx("httpx"))),
    "httpx async": ("httpx", _bytes_of(_httpx_async("httpx"))),
    "httpx2": ("httpx2", _bytes_of(_httpx("httpx2"))),
    "httpx2 async": ("httpx2", _bytes_of(_httpx_async("httpx2"))),
    "requests": ("requests", _bytes_of(_requests)),
    "urllib3": ("urllib3", _bytes_of(_urllib3)),
    "aiohttp": ("aiohttp", _bytes_of(_aiohttp)),
    "openai": ("openai", _items_of(_openai)),
    "openai async": ("openai", _items_of(_openai_async)),
    "openai iter_bytes": ("openai", _bytes_of(_openai_bytes)),
    "openai iter_lines": ("openai", _items_of(_openai_lines)),
}
CLIENTS = {name: read for name, (library, read) in _ALL.items() if importlib.util.find_spec(library)}
