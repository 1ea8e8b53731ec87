"""Client of an OpenAI-compatible chat server: one JSON answer that follows a schema.

For tasks that need a larger model than the workspace's own: reading requests, judging texts. One
call is one request without retries; no state is kept between calls, so any event loop may call it.
"""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shelftalker.errors import InputError, ServiceError

if TYPE_CHECKING:
    from httpx import Response

API_KEY_VARIABLE = "SHELFTALKER_API_KEY"
"""The environment variable that holds the key, where the address wants one."""
SOCKET = "unix:/"
"""How the address of a Unix socket begins; only servers of our own have one."""
_PATH = "/chat/completions"


class ChatClient:
    """One model at one address. Raises `InputError` where `url` is not an address."""

    def __init__(self, url: str, model: str) -> None:
        import httpx  # slow to import, and rarely needed

        self.url, self.model = endpoint(url), model
        self._tls = httpx.create_ssl_context()

    async def ask(
        self, prompt: Sequence[Mapping[str, object]], schema: Mapping[str, Any], *, seconds: float
    ) -> dict[str, Any]:
        """The JSON object that the model answers. The caller checks it against `schema`: not every
        server enforces it. Raises `ServiceError` where the server cannot be reached, takes longer
        than `seconds` in all, refuses, or does not answer a JSON object."""
        import httpx

        shape = {"name": "answer", "strict": True, "schema": schema}
        body = {
            "model": self.model,
            "messages": list(prompt),
            "temperature": 0,
            "response_format": {"type": "json_schema", "json_schema": shape},
        }
        client = httpx.AsyncClient(verify=self._tls, timeout=None, headers=credentials())
        try:
            async with asyncio.timeout(seconds), client:
                response = await client.post(self.url, json=body)
        except TimeoutError:
            raise ServiceError(
                f"{self.url} gave no answer within {seconds:g} s; allow more seconds, or take a "
                "faster model"
            ) from None
        except httpx.HTTPError as error:
            raise ServiceError(
                f"{self.url} cannot be reached ({error or type(error).__name__}); check that it is "
                "the address of a running OpenAI-compatible server"
            ) from None
        return self._answer(response)

    def _answer(self, response: "Response") -> dict[str, Any]:
        if response.status_code != 200:
            text = " ".join(response.text[:200].split())
            raise ServiceError(
                f"{self.url} answered {response.status_code} ({text}), not 200; check the model "
                f"{self.model!r}, and the key in {API_KEY_VARIABLE} where one is wanted"
            )
        try:
            answer = json.loads(response.json()["choices"][0]["message"]["content"])
        except (ValueError, LookupError, TypeError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise ServiceError(
                f"{self.url} answered something else than one JSON object in a chat message; take "
                "a server and a model that support response_format json_schema"
            )
        return answer


def endpoint(url: str) -> str:
    """The chat endpoint of an address such as `http://host:8000/v1`. Raises `InputError`."""
    return base_address(url) + _PATH


def base_address(url: str) -> str:
    """The address before the endpoint's path. Raises `InputError` where it is not an http(s)
    address, or holds a password: keys come from the environment only."""
    try:
        parts = urlsplit(url.strip())
        host, port, secret = parts.hostname, parts.port, parts.password or parts.username
    except ValueError:
        host = port = secret = None
    if secret:
        raise InputError(
            f"the address of {host} holds a password; put the key into {API_KEY_VARIABLE} instead"
        )
    if not host or parts.scheme not in ("http", "https") or port == 0 or parts.query:
        raise InputError(
            f"{url!r} is no address of a chat server; give one like http://localhost:8000/v1"
        )
    return url.strip().rstrip("/").removesuffix(_PATH)


def key_of_environment() -> str:
    """The key, empty where there is none. Raises `ServiceError` where it cannot be one."""
    key = os.environ.get(API_KEY_VARIABLE, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ServiceError(
            f"the key in {API_KEY_VARIABLE} holds characters that no key has; set it again"
        )
    return key


def credentials() -> dict[str, str]:
    """The header that holds the key, none without one. Raises as `key_of_environment`."""
    key = key_of_environment()
    return {"Authorization": f"Bearer {key}"} if key else {}
