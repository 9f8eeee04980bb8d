"""What a program and the process that runs its model say to each other: frames of JSON, checked when they are read.

A frame is its length, the number of its kind, and JSON. No object is ever unpickled: a process that a model file has
taken over can say wrong things, but not make the program run anything. It knows nothing of processes.
"""

import struct
from dataclasses import dataclass
from typing import IO, Annotated, Any, Literal, Union

from pydantic import Field, TypeAdapter, ValidationError

from julep_local import errors
from julep_local.errors import ApiError, InvalidInput, ModelError
from julep_local.llm.base import Finish, Preempted, Prompt, PromptMessage, Purpose, Sampling, ToolChoice, ToolSpec

MOST_BYTES = 256 << 20
"""Of a frame. A prompt of a million tokens takes 20 MB."""

_HEAD = struct.Struct("<IB")


# -- what the program says


@dataclass(frozen=True)
class Load:
    """Load this model. Always the first frame."""

    path: str
    name: str
    context_tokens: int
    threads: int
    chat_template: str | None
    kv_memory: int
    kv_disk: int
    answer_s: float | None


@dataclass(frozen=True)
class MakePrompt:
    """Answered by `Prompted`, whose prompt has no messages: who asked has them."""

    id: int
    messages: tuple[PromptMessage, ...]
    tools: tuple[ToolSpec, ...]
    tool_choice: ToolChoice
    continues: bool
    exact: bool


@dataclass(frozen=True)
class MakeTextPrompt:
    """Answered by `Prompted`."""

    id: int
    text: str


@dataclass(frozen=True)
class Generate:
    """Answered by `Done` when nothing is wrong with it; then it waits for `Begin`."""

    id: int
    prompt: Prompt
    sampling: Sampling
    purpose: Purpose


@dataclass(frozen=True)
class Begin:
    """Answered by `Piece`s and one `Finished`."""

    id: int


@dataclass(frozen=True)
class Cancel:
    """Nobody waits for an answer to this any more."""

    id: int


@dataclass(frozen=True)
class CancelWork:
    """Somebody has cancelled what `Progressed` told of under this number."""

    work_id: int


@dataclass(frozen=True)
class Forget:
    """Drop what is kept of these conversations. Answered by `Done`."""

    id: int
    conversation_ids: tuple[str, ...]


@dataclass(frozen=True)
class Save:
    """Keep what was read beyond the life of the process. Answered by `Done`."""

    id: int


@dataclass(frozen=True)
class Close:
    """Save what is worth it, and end."""


# -- what the worker says


@dataclass(frozen=True)
class Beat:
    """The worker moves."""


@dataclass(frozen=True)
class Loaded:
    """The model is in memory."""

    context_tokens: int
    calls_tools: bool


@dataclass(frozen=True)
class Progressed:
    """How far the loading of the model, or the reading of a prompt is. The numbers of works are the worker's own."""

    work_id: int
    what: Literal["load_model", "read_prompt"]
    done: Annotated[int, Field(ge=0)]
    total: Annotated[int, Field(gt=0)]
    is_over: bool


@dataclass(frozen=True)
class Prompted:
    """What the model would read."""

    id: int
    prompt: Prompt


@dataclass(frozen=True)
class Piece:
    """A piece of an answer's text."""

    id: int
    text: str


@dataclass(frozen=True)
class Finished:
    """How an answer ended."""

    id: int
    finish: Finish


@dataclass(frozen=True)
class Done:
    """What was asked has been done."""

    id: int


@dataclass(frozen=True)
class Failed:
    """What was asked cannot be done. `id` is 0 if the model cannot be loaded."""

    id: int
    kind: str
    """The name of a class in errors.py, or `Preempted`."""
    fields: dict[str, Any]


Request = Union[Load, MakePrompt, MakeTextPrompt, Generate, Begin, Cancel, CancelWork, Forget, Save, Close]
Reply = Union[Beat, Loaded, Progressed, Prompted, Piece, Finished, Done, Failed]
Frame = Union[Request, Reply]

_REQUESTS = (Load, MakePrompt, MakeTextPrompt, Generate, Begin, Cancel, CancelWork, Forget, Save, Close)
_KINDS: tuple[type[Any], ...] = (
    *_REQUESTS,
    *(Beat, Loaded, Progressed, Prompted, Piece, Finished, Done, Failed),
)


class BadFrame(Exception):
    """What was read is no frame."""


def packed(frame: Frame) -> bytes:
    """Return the bytes of a frame.

    Raises:
        InvalidInput: a text in it is none, it is too long or too deeply nested, or a number in it is infinite.
    """
    try:
        body = _adapter(type(frame)).dump_json(frame)
        if isinstance(frame, _REQUESTS):  # what the worker cannot read would end it, and all its answers
            _adapter(type(frame)).validate_json(body)
    except (ValueError, RecursionError) as error:  # pydantic's two errors are such
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
        raise InvalidInput(f"cannot be given to the process that runs the model: {why}", field="messages") from error
    if len(body) > MOST_BYTES:
        raise InvalidInput(f"{len(body):,} bytes, and at most {MOST_BYTES:,} can be given to a model", field="messages")
    return _HEAD.pack(len(body), _KINDS.index(type(frame))) + body


def read(stream: IO[bytes]) -> Frame | None:
    """Return the next frame; None at the end of the stream.

    Raises:
        BadFrame: something else stands there.
    """
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    length, kind = _HEAD.unpack(head)
    if length > MOST_BYTES or kind >= len(_KINDS):
        raise BadFrame(f"a frame of kind {kind} with {length:,} bytes")
    body = stream.read(length)
    if len(body) < length:
        return None
    try:
        frame: Frame = _adapter(_KINDS[kind]).validate_json(body)
    except ValidationError as error:
        raise BadFrame(f"no {_KINDS[kind].__name__}: {error.error_count()} errors") from error
    return frame


def prepare() -> None:
    """Make what checks frames, which the first ones would have to wait for."""
    for kind in _KINDS:
        _adapter(kind)


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    found = _adapters.get(kind)
    if found is None:
        found = _adapters[kind] = TypeAdapter(kind)
    return found


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def failed(id: int, error: BaseException) -> Failed:
    """Return what tells the program of an error."""
    if isinstance(error, Preempted):
        return Failed(id, "Preempted", {"message": str(error)})
    if isinstance(error, ApiError) and type(error) is getattr(errors, type(error).__name__, None):
        return Failed(id, type(error).__name__, dict(vars(error)))
    return failed(id, ModelError(f"the process that runs the model failed: {type(error).__name__}: {error}"))


def error_of(told: Failed) -> Exception:
    """Return the error that was told of."""
    if told.kind == "Preempted":
        return Preempted(str(told.fields.get("message")))
    kind = getattr(errors, told.kind, None)
    if not (isinstance(kind, type) and issubclass(kind, ApiError)):
        return ModelError(f"the process that runs the model failed with an unknown error {told.kind!r}")
    error: Exception = kind.__new__(kind)
    vars(error).update({"status_code": 500, "body": None, "message": told.kind, **told.fields})
    return error
