"""What the rest of the library may ask of a language model.

A chat model knows its chat template, its tokens, sampling and the KV cache. It knows nothing of agents, docs or SQL:
it is shown messages and tools, says how many tokens they take, and answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

Role = Literal["system", "user", "assistant", "tool"]

Part = Literal[
    "situation",
    "about_agent",
    "about_user",
    "instructions",
    "tools",
    "summary",
    "history",
    "memories",
    "docs",
    "input",
    "template",
]
"""Where tokens of a prompt come from; `template` is what the chat template itself adds."""

Purpose = Literal["chat", "summary", "suggestion", "memory"]


@dataclass(frozen=True)
class ToolSpec:
    """A function that the model may ask for. `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class ToolCall:
    """The model asks for a function. `arguments` is JSON text of an object."""

    name: str
    arguments: str
    id: str = ""


@dataclass(frozen=True)
class PromptMessage:
    """One message as the model is to see it."""

    role: Role
    content: str
    name: str | None = None
    """Who speaks, or which kind of system block this is (`situation`, `information`, `thought`)."""
    part: Part = "history"
    tool_calls: tuple[ToolCall, ...] = ()
    """Of an assistant message: what it asked for. Its `content` is then usually empty."""


ToolChoice = Literal["none", "auto", "required"] | tuple[Literal["named"], str]


@dataclass(frozen=True)
class Conversation:
    """What a prompt belongs to. A model may keep what it has read of it, so that the next one need not be read whole.

    Whoever deletes the conversation tells the model to forget it.
    """

    id: str
    folder: str | None = None
    """Where files of it may be kept; None is nowhere."""


@dataclass(frozen=True)
class Prompt:
    """What a model is about to read, exactly."""

    messages: tuple[PromptMessage, ...]
    tokens: Sequence[int]
    parts: Mapping[Part, int]
    """Tokens by part; they sum to `len(tokens)`."""
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: ToolChoice = "auto"
    continues: bool = False
    """The last message is left open: the answer carries it on."""
    exact: bool = False
    """It is read as if nothing had ever been read before, so that an equal seed gives an equal answer."""
    marks: tuple[int, ...] = ()
    """Positions in `tokens` up to which later prompts are likely to be the same: end of the system blocks, of the
    history."""
    conversation: Conversation | None = None


@dataclass(frozen=True)
class Constraint:
    """What the answer must look like: any JSON value fitting a schema, or a text fully matching a pattern."""

    kind: Literal["json_schema", "regex"]
    schema: Mapping[str, Any] = field(default_factory=dict)
    pattern: str = ""


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn. Defaults are neutral: no penalty, nothing cut off."""

    temperature: float = 0.75
    """0 takes the likeliest token each time (greedy)."""
    top_p: float = 1.0
    min_p: float = 0.01
    top_k: int = 0
    """Keep only so many of the likeliest tokens; 0 keeps all."""
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    repetition_penalty: float = 1.0
    length_penalty: float = 1.0
    """Above 1 answers get shorter, below 1 longer."""
    logit_bias: Mapping[int, float] = field(default_factory=dict)
    seed: int | None = None
    """None draws a fresh one."""
    stop: tuple[str, ...] = ()
    """The answer ends before the first of these texts."""
    max_tokens: int = 200
    constraint: Constraint | None = None


@dataclass(frozen=True)
class Delta:
    """A piece of the answer's text, as it is generated."""

    text: str


@dataclass(frozen=True)
class Finish:
    """How an answer ended. Always the last thing a generation yields."""

    reason: Literal["stop", "length", "tool_calls"]
    prompt_tokens: int
    cached_tokens: int
    """How many of the prompt's tokens were still in the KV cache."""
    completion_tokens: int
    tool_calls: tuple[ToolCall, ...] = ()


@runtime_checkable
class ChatModel(Protocol):
    """A language model that answers a conversation."""

    @property
    def name(self) -> str:
        """The model's name, as shown to people."""
        ...

    @property
    def context_tokens(self) -> int:
        """Prompt and answer together fit in this many tokens."""
        ...

    @property
    def calls_tools(self) -> bool:
        """Whether it decides itself when to call a tool. If not, it is told which one to call, or to use words."""
        ...

    def prompt(
        self,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        tool_choice: ToolChoice = "auto",
        continues: bool = False,
        exact: bool = False,
    ) -> Prompt:
        """Return what the model would read for these messages. Nothing is generated, and the window is not checked.

        Text of messages never becomes a control token of the model.

        Args:
            messages: the conversation.
            tools: on offer.
            tool_choice: whether one of them may or must be called.
            continues: the last message is left open, for the answer to carry it on.
            exact: the answer is to be the same whatever was read before; see `Prompt.exact`.
        """
        ...

    def text_prompt(self, text: str) -> Prompt:
        """Return what the model would read to write this text on: the text itself, without a chat template around it.

        Unlike in messages, names of control tokens in the text stand for these: the caller writes the whole prompt.
        """
        ...

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        """Yield the answer piece by piece, then one `Finish`.

        Several at once take turns, or run side by side; those with a purpose other than `chat` wait for all chats.
        Closing the iterator early, or `stop_requested()` becoming true, ends it; the next one finds the model usable.

        Raises:
            ContextOverflow: the prompt leaves no room for an answer.
            InvalidInput: a setting or constraint cannot be honoured.
            Cancelled: `stop_requested()` became true.
            Preempted: a chat arrived while this generation, which is none, was under way.
        """
        ...

    def close(self) -> None:
        """Give back the memory. A generation under way is stopped first."""
        ...


class Preempted(Exception):
    """A background generation gave way to a chat; try again when the model is idle."""
