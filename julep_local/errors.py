"""Every error this library raises on purpose.

    ApiError                      what the SDK raised: `status_code` and `body`
    ├── InvalidInput        422   a value is not acceptable; `field` says which
    │   └── BadExport       422   a file that is to be imported is not what an export writes
    ├── BadRequest          400   the request cannot be served as it stands
    │   └── ContextOverflow 400   the prompt does not fit the context window
    ├── NotFound            404   no such agent, user, session, doc, tool, memory or job
    ├── Conflict            409   something else is in the way: a turn still under way
    ├── Cancelled           499   the caller stopped it
    ├── ClientClosed        500   the client was used after `close()`
    ├── StoreError          500   the SQLite file cannot be used
    │   ├── NotADatabase    500   the file is something else, or damaged
    │   ├── NewerDatabase   500   a newer release of this library wrote it
    │   ├── WrongKey        500   the key does not open the file, or it needs one, or none
    │   └── DiskFull        507   no room left for the write
    └── ModelError          503   a language or embedding model cannot be used
        ├── ModelMissing    503   nothing installed under that name or path
        ├── Offline         503   it would contact another machine, which `offline` forbids
        ├── ModelBroken     503   the file is not a usable model
        │   └── NoDirection 503   an embedding model gave zero, infinity or NaN for a text
        ├── ModelChanged    503   the file is another one than when the model was loaded
        ├── ModelTooLarge   503   there is not enough memory for the model
        └── ModelCrashed    503   the process that runs the model ended, or no longer moves

Programs written for the SDK catch `ApiError` and look at `status_code`; nothing else is needed. It knows nothing of the
rest of the library.
"""

from typing import Any


class ApiError(Exception):
    """A call failed. `status_code` is the HTTP status the remote service answered in this case, `body` its JSON."""

    def __init__(self, *, status_code: int | None = None, body: Any = None) -> None:
        super().__init__()
        self.status_code = status_code
        self.body = body

    def __str__(self) -> str:
        return f"status_code: {self.status_code}, body: {self.body}"


class _Explained(ApiError):
    """An `ApiError` whose text is a sentence: what happened, to what, and what to do."""

    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(status_code=self.status, body=self._envelope(message))
        self.message = message

    def _envelope(self, message: str) -> dict[str, Any]:
        return {"error": {"message": message}}

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> Any:
        # the default rebuilds with `self.args`, which stay empty as in the SDK
        return _rebuilt, (type(self), self.__dict__)


def _rebuilt(kind: "type[_Explained]", state: dict[str, Any]) -> "_Explained":
    error = kind.__new__(kind)
    error.__dict__.update(state)
    return error


class InvalidInput(_Explained):
    """A value is not acceptable. `field` names it the way the caller wrote it (`messages[0].role`)."""

    status = 422

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field

    def _envelope(self, message: str) -> dict[str, Any]:
        return {"status_code": self.status, "message": message, "data": None}


class BadExport(InvalidInput):
    """A file that is to be imported is damaged, made by hand, or of a newer release. Nothing of it was stored."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="path")


class BadRequest(_Explained):
    """The request cannot be served as it stands."""

    status = 400

    def _envelope(self, message: str) -> dict[str, Any]:
        return {"detail": message}


class ContextOverflow(BadRequest):
    """The prompt does not fit the context window, even without history and recalled texts."""

    def __init__(self, *, prompt_tokens: int, context_tokens: int, answer_tokens: int) -> None:
        super().__init__(
            f"the prompt has {prompt_tokens} tokens without any history, and the context window of {context_tokens} "
            f"must also hold an answer of {answer_tokens}: shorten the messages, instructions or tools, lower "
            "max_tokens, or load the model with a larger context (JULEP_LOCAL_CONTEXT_TOKENS)"
        )
        self.prompt_tokens = prompt_tokens
        self.context_tokens = context_tokens
        self.answer_tokens = answer_tokens


class NotFound(_Explained):
    """There is no such resource. `kind` and `id` say which."""

    status = 404

    def __init__(self, kind: str, id: str, hint: str = "") -> None:
        super().__init__(f"{kind} {id} not found" + (f": {hint}" if hint else ""))
        self.kind = kind
        self.id = id

    def _envelope(self, message: str) -> dict[str, Any]:
        return {"detail": message}


class Conflict(_Explained):
    """Something else is in the way; the message says what, and when to try again."""

    status = 409


class Cancelled(_Explained):
    """The caller stopped the call: a stream was left, a task cancelled. Nothing was recorded."""

    status = 499


class ClientClosed(_Explained):
    """The client was used after `close()`."""

    def __init__(self) -> None:
        super().__init__("this client is closed: open a new one")


class StoreError(_Explained):
    """The SQLite file cannot be used. `path` names it."""

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class NotADatabase(StoreError):
    """The file is no database of this library, or is damaged."""


class NewerDatabase(StoreError):
    """A newer release of this library wrote the file."""


class WrongKey(StoreError):
    """The key does not open the file, or the file needs one, or is not encrypted. It was not changed."""


class DiskFull(StoreError):
    """There is no room left for the write; nothing of it was stored."""

    status = 507


class ModelError(_Explained):
    """A language model or an embedding model cannot be used."""

    status = 503


class ModelMissing(ModelError):
    """No model is installed under this name or path."""


class Offline(ModelError):
    """Another machine would have to be contacted, and the client was opened with `offline`."""


class ModelBroken(ModelError):
    """The file is not a usable model."""


class ModelChanged(ModelError):
    """The model's file was changed, replaced or cut short since the model was loaded. The next call loads it anew."""


class ModelTooLarge(ModelError):
    """There is not enough memory for the model; nothing was loaded. Says how many bytes it needs, and are free."""

    def __init__(self, message: str, *, needed_bytes: int, free_bytes: int) -> None:
        super().__init__(message)
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes


class ModelCrashed(ModelError):
    """The process in which the model runs ended by itself, or no longer moves. The next call starts another one."""


class NoDirection(ModelBroken):
    """An embedding model gave a vector for a text that has no direction: zero, infinite or not a number."""
