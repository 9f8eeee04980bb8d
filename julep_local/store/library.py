"""Which SQLite is used: pysqlite3's, or SQLCipher's for encrypted files. The only file that imports the first.

One library per file and process: two that have the same file open do not see each other's locks, and with a second one
opening and closing files that the first wrote, 3 of 6 were corrupt after 3 s.
"""

from typing import TYPE_CHECKING, Any

from pysqlite3 import dbapi2

from julep_local.errors import InvalidInput, WrongKey
from julep_local.settings import IN_MEMORY

if TYPE_CHECKING:
    from julep_local.store.sqlcipher import Key

sqlite: Any = dbapi2  # pysqlite3 comes without types

SQLITE_VERSION: str = sqlite.sqlite_version

OLDEST_SQLITE = (3, 51, 3)
"""Earlier ones can lose committed writes when two connections write and checkpoint at once."""

# SQLCipher's join them when the first encrypted file is opened; so they are read from this module each time
errors: tuple[type[Exception], ...] = (sqlite.Error,)
misuses: tuple[type[Exception], ...] = (sqlite.ProgrammingError,)
caught: tuple[type[Exception], ...] = (sqlite.Error, UnicodeError, OverflowError)
"""What a statement may raise: the values that it is given count, too."""


def with_key(path: str, passphrase: str) -> "tuple[Any, Key]":
    """Return the library that reads encrypted files, and the key.

    Raises:
        InvalidInput: a database in memory is not encrypted.
        WrongKey: that library is not installed.
    """
    if path == IN_MEMORY:
        raise InvalidInput("a database in memory is not encrypted: give a path, or leave the key out", field="key")
    try:
        from julep_local.store import sqlcipher

        library = sqlcipher.library()
    except ImportError as error:
        raise WrongKey(f"encrypted files need {error.name}: pip install 'julep_local[encrypted]'", path=path) from error
    global errors, misuses, caught
    if library.Error not in errors:
        errors, misuses = (*errors, library.Error), (*misuses, library.ProgrammingError)
        caught = (*caught, library.Error)
    return library, sqlcipher.Key(passphrase)
