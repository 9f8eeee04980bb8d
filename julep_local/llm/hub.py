"""Hugging Face's addresses: where a file stands, who may be asked, what its answers say of the file.

The token goes to the hub's own host and nowhere else, and only what that host says of a file is believed. It knows
nothing of how bytes travel.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from julep_local import settings
from julep_local.errors import InvalidInput, ModelError

_REPO = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ONE_OF_SEVERAL = re.compile(r"-\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)


@dataclass(frozen=True)
class Promise:
    """What the hub says of a file before it sends it."""

    sha256: str | None = None
    size_bytes: int | None = None


def is_repo(text: str) -> bool:
    """Whether this could be the id of a repository, `owner/name`."""
    return _REPO.fullmatch(text) is not None and ".." not in text


def file_url(repo: str, file: str) -> str:
    """Return the address of a repository's file.

    Raises:
        InvalidInput: it is no path inside a repository, or one piece of a model that stands in several files.
    """
    if not file or file.startswith("/") or any(step in ("", ".", "..") for step in file.split("/")):
        raise InvalidInput("give the file's path inside the repository, such as model-q4_k_m.gguf", field="file")
    check_is_whole(file, field="file")
    return f"{settings.hub_address()}/{repo}/resolve/main/{quote(file)}"


def check_is_whole(file: str, *, field: str) -> None:
    """Raise InvalidInput if the name is that of one piece of a split model: one download would not give all of it."""
    if _ONE_OF_SEVERAL.search(file):
        raise InvalidInput(
            "this model stands in several files: download them all, join them with `llama-gguf-split --merge`, and add "
            "the result by its path",
            field=field,
        )


def check_may_ask(url: str) -> None:
    """Raise ModelError if `HF_HUB_OFFLINE` forbids to ask this address."""
    if settings.hub_is_offline() and is_hub(url) and not is_loopback(url):
        raise ModelError(
            f"HF_HUB_OFFLINE is set, so {urlsplit(url).hostname} is not asked: unset it for the download, or get the "
            "file another way and add it by its path"
        )


def is_hub(url: str) -> bool:
    """Whether the address is on the hub's own host."""
    return _host(url) in {_host(settings.hub_address()), _host(settings.HUB)}


def authorization(url: str) -> dict[str, str]:
    """Return the header with the token, if the address is the hub's and there is one."""
    token = settings.hub_token()
    return {"Authorization": f"Bearer {token}"} if token and _host(url) == _host(settings.hub_address()) else {}


def promise(url: str, headers: Mapping[str, str]) -> Promise:
    """Return what an answer from this address says of the file; nothing if the address is not the hub's."""
    if not is_hub(url):
        return Promise()
    sha256 = headers.get("x-linked-etag", "").strip().strip('"').lower()
    size = headers.get("x-linked-size", "")
    return Promise(
        sha256 if _SHA256.fullmatch(sha256) else None, int(size) if size.isascii() and size.isdigit() else None
    )


def shown(url: str) -> str:
    """Return the address without what may be secret in it: user, password and query."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    place = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, f"{place}:{parts.port}" if parts.port else place, parts.path, "", ""))


def without_password(url: str) -> str:
    """Return the address without user and password, to be kept."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))


def _host(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def is_loopback(url: str) -> bool:
    """Whether the address is one of this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
