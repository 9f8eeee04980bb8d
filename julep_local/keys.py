"""The key of an encrypted file in the system's keyring, one entry a file. The only file that knows `keyring`."""

import os
import secrets
from typing import Any

from julep_local.errors import WrongKey

SERVICE = "julep_local"
"""What entries are filed under; the account is the file's absolute path."""


def from_keyring(path: str) -> str:
    """Return the key of the file; if there is no such file yet, make one and keep it in the keyring.

    Raises:
        WrongKey: there is a file and no key for it, or no keyring.
    """
    keyring = _keyring(path)
    try:
        found: str | None = keyring.get_password(SERVICE, path)
        if found:
            return found
        if os.path.exists(path):
            raise WrongKey(
                f"the keyring has no key for it (service {SERVICE!r}, account {path!r}): give the key itself, or put "
                f"it there with `keyring set {SERVICE} {path}`",
                path=path,
            )
        made = secrets.token_urlsafe(32)
        keyring.set_password(SERVICE, path, made)
        # two programs may have made one at the same time: what is kept counts
        kept: str | None = keyring.get_password(SERVICE, path)
    except keyring.errors.KeyringError as error:
        raise WrongKey(
            f"the system's keyring cannot be used ({error}): unlock it, or give the key another way, such as "
            "key='env:NAME'",
            path=path,
        ) from error
    return kept or made


def _keyring(path: str) -> Any:
    try:
        import keyring
    except ImportError as error:
        raise WrongKey("its key cannot be looked up: pip install 'julep_local[encrypted]'", path=path) from error
    return keyring
