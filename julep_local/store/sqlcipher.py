"""Encrypted files: the SQLite that reads them, SQLCipher, and the key of each connection. Imported for those alone.

The file is an ordinary SQLCipher 4 database: other programs open it with the same passphrase. Every page is encrypted
with AES-256 and authenticated with HMAC-SHA512; nothing of it, the log included, is written in the clear. Of the
candidates on PyPI `sqlcipher3` is the one with this database's interface, FTS5 and a SQLite that loses no writes:

    sqlcipher3 0.6.4                            SQLite 3.53.4, wheels for Python 3.10 to 3.14
    sqlcipher3-binary 0.6.0, -wheels 0.5.7      SQLite 3.51.1, which can lose commits (before 3.51.3)
    apsw-sqlite3mc 3.54.0                       another interface altogether, and no DB-API

Deriving the key takes 256,000 rounds, a tenth of a second: it is done once, and each thread's connection is given the
result.
"""

import hashlib
import hmac
import os
from typing import Any

SALT_BYTES, KEY_BYTES, ROUNDS = 16, 32, 256_000
"""SQLCipher 4's: the salt is the beginning of the file. https://www.zetetic.net/sqlcipher/design/"""


class Key:
    """A passphrase, and what was derived of it for one file."""

    def __init__(self, passphrase: str) -> None:
        self._passphrase = passphrase.encode("utf-8", "surrogatepass")
        self._derived: str | None = None

    def is_same(self, passphrase: str | None) -> bool:
        """Whether this is that passphrase."""
        return passphrase is not None and hmac.compare_digest(
            self._passphrase, passphrase.encode("utf-8", "surrogatepass")
        )

    def derive(self, salt: bytes) -> None:
        """Derive the key for a file that begins with this salt; a new file will, if there is none yet."""
        salt = salt if len(salt) == SALT_BYTES else os.urandom(SALT_BYTES)
        derived = hashlib.pbkdf2_hmac("sha512", self._passphrase, salt, ROUNDS, KEY_BYTES)
        self._derived = (derived + salt).hex()

    def unlock(self, raw: Any) -> None:
        """Give a connection the key, before anything else is done with it."""
        assert self._derived is not None, "the salt is not known yet"
        raw.execute("pragma cipher_log_level = none")  # a wrong key would be told on standard error, too
        raw.execute(f"pragma key = \"x'{self._derived}'\"")


def library() -> Any:
    """Return the module, which has the interface of pysqlite3.

    Raises:
        ImportError: it is not installed.
    """
    from sqlcipher3 import dbapi2

    return dbapi2
