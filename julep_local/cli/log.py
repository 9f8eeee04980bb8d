"""The log of the command line: a file, always; with `--verbose` the terminal too.

llama.cpp, torch and transformers say much while they load. None of it is shown, all of it is kept.
"""

import logging
import sys

_OURS = "julep_local"
_MOST_BYTES = 1 << 20
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


def start_log(*, verbose: bool) -> None:
    """Send what modules log to the log file, and with `verbose` to standard error."""
    from logging.handlers import RotatingFileHandler

    from julep_local.settings import log_file

    root = logging.getLogger()
    if any(getattr(handler, "is_julep_log", False) for handler in root.handlers):
        return
    handlers: list[logging.Handler] = []
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = RotatingFileHandler(log_file(), maxBytes=_MOST_BYTES, backupCount=1, encoding="utf-8", delay=True)
        file.setFormatter(logging.Formatter(_FORMAT))
        handlers.append(file)
    except OSError:  # a folder that cannot be written to is no reason not to work
        handlers.append(logging.NullHandler())
    if verbose:
        shown = logging.StreamHandler(sys.stderr)
        shown.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        handlers.append(shown)
    for handler in handlers:
        # a mark by which a second call finds it; handlers have no place for one
        handler.is_julep_log = True  # type: ignore[attr-defined]
        root.addHandler(handler)
    logging.getLogger(_OURS).setLevel(logging.DEBUG)
    logging.captureWarnings(True)  # torch and transformers warn through `warnings`
    logging.raiseExceptions = verbose  # a full disk must not fill the terminal
