"""API keys and visitor tokens: made, listed, ended, checked.

A key is `st_<id>_<secret>`; only the SHA-256 of the secret is stored, which is enough for 256
random bits. A visitor token is a signed JWT that lets a browser act for one visitor: it names the
key that it was made with, ends with it, and shares its limit.
"""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Literal, get_args

import jwt

from shelftalker.errors import InputError
from shelftalker.store.service_db import KeyRow, ServiceDb

Scope = Literal["serve", "ingest", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: a key with its scopes, or with `visitor` a browser that acts for that one user.
    `key` None: the workspace has no key, and this machine may do everything."""

    key: str | None
    scopes: frozenset[str]
    per_minute: int | None = None
    visitor: str | None = None


ANYBODY = Principal(None, frozenset(SCOPES))


def create_key(store: ServiceDb, scopes: str, per_minute: int | None = None) -> str:
    """Make a key; `scopes` is a list with commas. Returns the key, which is nowhere else. Raises
    `InputError` for an unknown scope."""
    wanted = [scope.strip() for scope in scopes.split(",")]
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise InputError(f"scope {unknown[0]!r} is unknown; allowed: {', '.join(SCOPES)}")
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    chosen = ",".join(scope for scope in SCOPES if scope in wanted)
    store.add_key(KeyRow(key_id, _digest(secret), chosen, per_minute, time.time()))
    return f"st_{key_id}_{secret}"


def rotate_key(store: ServiceDb, key_id: str, overlap_seconds: float) -> str:
    """Make a key with the scopes and limit of an old one, which ends after the overlap. Raises
    `InputError` for a key that is unknown or has ended."""
    old = store.key(key_id)
    revoke_key(store, key_id, overlap_seconds)
    assert old is not None
    return create_key(store, old.scopes, old.per_minute)


def revoke_key(store: ServiceDb, key_id: str, in_seconds: float = 0) -> None:
    """End a key. Raises `InputError` for a key that is unknown or has ended."""
    if not store.end_key(key_id, time.time() + in_seconds):
        raise InputError(
            f"there is no key {key_id!r} in use in this workspace; list them with: "
            "shelftalker keys DIR list"
        )


def principal_of(store: ServiceDb, token: str) -> Principal | None:
    """Who sends an API key or a visitor token; None where it is neither, or has ended."""
    if token.startswith("st_"):
        key_id, _, secret = token.removeprefix("st_").partition("_")
        row = store.key(key_id)
        if row is None or not hmac.compare_digest(row.digest, _digest(secret)):
            return None
        return _principal(row)
    try:
        claims = jwt.decode(
            token, store.secret(), ["HS256"], options={"require": ["exp", "sub", "kid"]}
        )
    except jwt.InvalidTokenError:
        return None
    row = store.key(str(claims["kid"])) if claims["kid"] else None
    owner = _principal(row) if row else None if claims["kid"] else ANYBODY
    if owner is None or "serve" not in owner.scopes:
        return None
    return Principal(owner.key, frozenset({"visitor"}), owner.per_minute, str(claims["sub"]))


def visitor_token(store: ServiceDb, maker: Principal, user: str, minutes: float) -> str:
    """A token with which a browser acts for one visitor, for so many minutes."""
    claims = {"sub": user, "kid": maker.key or "", "exp": int(time.time() + 60 * minutes)}
    return jwt.encode(claims, store.secret(), "HS256")


def _principal(row: KeyRow) -> Principal | None:
    if row.ends is not None and row.ends <= time.time():
        return None
    return Principal(row.id, frozenset(row.scopes.split(",")), row.per_minute)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
