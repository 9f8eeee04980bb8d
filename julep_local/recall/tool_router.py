"""Whether a message needs a tool, and which: for models that do not decide this themselves.

A chat template that knows no tools belongs to a model that was never trained to call one: SmolLM2-135M, told about them
in words, called none in ten of ten requests. So the decision is made here, outside the model; the library then has it
write the arguments of the chosen tool, or answer in words.

A tool's score is a sum of five features, listed in `Features`; the best tool is called if its score, as a likelihood,
reaches a threshold. The weights were fitted by benchmarks/tool_routing.py to 356 messages for 74 tools in eight groups,
each judged below with the weights of the other seven, at the threshold of 0.4, and tried on 40 other messages:

| | right tool | none, where none is needed | none, for orders that no tool can carry out |
|---|---|---|---|
| with all-MiniLM-L6-v2 | 150 of 169 | 183 of 187 | 90 of 169 |
| by form and words alone | 110 of 169 | 185 of 187 | 136 of 169 |
| the 40, with all-MiniLM-L6-v2 | 19 of 20, 1 a wrong one | 20 of 20 | |
| the 40, by form and words alone | 11 of 20, 3 a wrong one | 20 of 20 | |

It tells well whether a message wants something done, less well which tool does it, and badly that none of them does:
"call dad" may start a calculator that is alone on offer. A decision costs one embedding, 10 ms; a new tool costs two
more, once. English only.

It knows no model and calls nothing.
"""

import functools
import math
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from julep_local.llm.base import PromptMessage, ToolSpec
from julep_local.recall.asking import FORMS, Detail, core, form, gives, is_follow_up
from julep_local.recall.embeddings import Embedder, embedded
from julep_local.recall.words import telling_words

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vector = npt.NDArray[np.float32]

THRESHOLD = 0.4
"""How sure the router must be, 0 to 1. Higher calls fewer tools: at 0.3 of 169 requests 153 get the right tool, and of
187 other messages 8 get one in vain; at 0.4 it is 150 and 4. One called in vain is worse than one not called."""

TEXT_CHARS = 1_000
"""Of a tool's text that are embedded: MiniLM reads no more."""
VECTORS = 2_048
"""Kept of tools, two for each, 3 MB."""


class Features(NamedTuple):
    """What the decision is made of, for one message and one tool. Used for the weights of these as well."""

    always: float
    """1."""
    similarity: float
    """Cosine similarity of the message and the tool's description, with or without the parameters, whichever is
    higher, above the embedder's relevance threshold. 0 without an embedder."""
    overlap: float
    """Words of the message that are in the tool's name or description (one counts) or its parameters (half), at most
    2, divided by 2."""
    form: float
    """Does the message order or ask (`asking.FORMS`)? -1 to 1."""
    filled: float
    """Required numbers, times, ids and addresses that the message may give, less those it does not, as a share of all
    required parameters."""


WEIGHTS = Features(always=-3.74, similarity=12.98, overlap=2.94, form=4.45, filled=1.41)
"""With an embedder; fitted with all-MiniLM-L6-v2."""
WORD_WEIGHTS = Features(always=-4.73, similarity=0.0, overlap=7.94, form=3.91, filled=1.45)
"""Without one."""


class ToolRouter(Protocol):
    """Decides whether a tool is called before the model answers."""

    def choose(self, messages: Sequence[PromptMessage], tools: Sequence[ToolSpec]) -> str | None:
        """Return the name of the tool to call now; None to answer in words."""
        ...


class EmbeddingRouter:
    """Decides by the meaning, form and words of the last message.

    What follows a tool's result is answered in words, so no second tool is called in one turn. Threads may share it.
    """

    def __init__(
        self, embedder: Embedder | Callable[[], Embedder | None] | None, *, threshold: float = THRESHOLD
    ) -> None:
        """Take an embedder, or a function that is asked for one at the first decision.

        Args:
            embedder: None, also from the function, decides by form and words alone.
            threshold: how sure the router must be, 0 to 1.
        """
        self.threshold = threshold
        self._find = embedder if callable(embedder) else None
        self._embedder = None if callable(embedder) else embedder
        self._vectors: OrderedDict[str, Vector] = OrderedDict()
        self._lock = threading.Lock()

    def choose(self, messages: Sequence[PromptMessage], tools: Sequence[ToolSpec]) -> str | None:
        """Return the name of the tool to call now; None to answer in words.

        Raises:
            ModelError: the embedder cannot embed.
        """
        asked = _asked(messages)
        if not asked or not tools:
            return None
        names = [tool.name for tool in tools]
        best, name = max(zip(self.scores(asked, tools), names, strict=True))
        if best >= self.threshold:
            return name
        before = _last_called(messages)
        return before if before in names and is_follow_up(asked) else None

    def scores(self, message: str, tools: Sequence[ToolSpec]) -> list[float]:
        """Return for each tool how likely it is that the message asks for it rather than for words, 0 to 1."""
        asked = core(message)
        weights = WORD_WEIGHTS if self._embedder_now() is None else WEIGHTS
        return [likelihood(each, weights) for each in features(asked, tools, self.similarities(asked, tools))]

    def similarities(self, asked: str, tools: Sequence[ToolSpec]) -> list[float]:
        """Return the similarity of what is asked with each tool, above the embedder's relevance threshold."""
        embedder = self._embedder_now()
        if embedder is None:
            return [0.0] * len(tools)
        texts = [_texts(tool) for tool in tools]
        rows = self._rows(embedder, list(dict.fromkeys(text for both in texts for text in both)))
        (query,) = embedded(embedder, [_sound(asked)])
        return [max(float(rows[text] @ query) for text in both) - embedder.relevance_threshold for both in texts]

    def _embedder_now(self) -> Embedder | None:
        with self._lock:
            if self._embedder is None and self._find is not None:
                self._embedder = self._find()
            return self._embedder

    def _rows(self, embedder: Embedder, texts: Sequence[str]) -> "dict[str, Vector]":
        """Return the vectors of tools' texts, those seen lately without embedding them."""
        with self._lock:
            rows = {text: self._vectors[text] for text in texts if text in self._vectors}
        new = [text for text in texts if text not in rows]
        if new:
            rows.update(zip(new, embedded(embedder, new), strict=True))
        with self._lock:
            for text in texts:
                self._vectors[text] = rows[text]
                self._vectors.move_to_end(text)
            while len(self._vectors) > VECTORS:
                self._vectors.popitem(last=False)
        return rows


def features(asked: str, tools: Sequence[ToolSpec], similarities: Sequence[float]) -> list[Features]:
    """Return what the decision is made of, for each tool.

    Args:
        asked: the message, or of a long one its `core`.
        tools: one or more.
        similarities: with each tool, above the embedder's relevance threshold.
    """
    wish = FORMS[form(asked)]
    return [
        Features(1.0, similarity, _overlap(asked, tool), wish, _filled(asked, tool))
        for tool, similarity in zip(tools, similarities, strict=True)
    ]


def likelihood(of: Features, weights: Features) -> float:
    """Return how likely the tool is asked for, 0 to 1.

    Without similarities only a shared word ties a message to a tool: "draw a fox" is no order to a calculator.
    """
    if not weights.similarity and not of.overlap:
        return 0.0
    total = sum(feature * weight for feature, weight in zip(of, weights, strict=True))
    return 1 / (1 + math.exp(-max(min(total, 50.0), -50.0)))


def _asked(messages: Sequence[PromptMessage]) -> str | None:
    """Return what the user has just said; None if somebody else spoke last. System messages do not count."""
    last = next((message for message in reversed(messages) if message.role != "system"), None)
    return last.content.strip() if last is not None and last.role == "user" else None


def _last_called(messages: Sequence[PromptMessage]) -> str | None:
    """Return the tool that answered the previous message of the user."""
    n_users = 0
    for message in reversed(messages):
        n_users += message.role == "user"
        if n_users > 1:
            return None
        if message.tool_calls:
            return message.tool_calls[-1].name
    return None


def _overlap(message: str, tool: ToolSpec) -> float:
    asked = _stems(message)
    subject, parameters = (
        _stems(f"{_spelled(tool.name)} {tool.description[:TEXT_CHARS]}"),
        _stems(_described_parameters(tool)),
    )
    full, half = len(asked & subject), len(asked & (parameters - subject))
    return min(min(full, 2) + min(half, 2) / 2, 2) / 2


def _filled(message: str, tool: ToolSpec) -> float:
    required = tool.parameters.get("required")
    names = [str(name) for name in required] if isinstance(required, (list, tuple)) else []
    properties = _properties(tool)
    wanted: list[Detail] = [detail for name in names if (detail := _detail(name, properties.get(name, {})))]
    return sum(1 if gives(detail, message) else -1 for detail in wanted) / max(len(names), 1)


_DETAIL_WORDS: dict[Detail, re.Pattern[str]] = {
    "formula": re.compile(r"\b(?:expression|formula|equation|arithmetic|calculation)\b"),
    "url": re.compile(r"\b(?:url|uri|link|website|web ?page)\b"),
    "email": re.compile(r"\be-?mail\b"),
    "time": re.compile(r"\b(?:date|time|day|when|start|night|iso 8601)\b"),
    "id": re.compile(r"\b(?:id|number)\b"),
    "code": re.compile(r"\b(?:code|symbol|ticker)\b"),
}


def _detail(name: str, schema: Mapping[str, Any]) -> Detail | None:
    """Return what kind of detail a parameter takes; None for any text."""
    if schema.get("type") in ("number", "integer"):
        return "number"
    text = f"{_spelled(name)} {schema.get('description', '')} {schema.get('format', '')}".casefold()
    return next((detail for detail, pattern in _DETAIL_WORDS.items() if pattern.search(text)), None)


def _texts(tool: ToolSpec) -> tuple[str, str]:
    """Return the texts by which a tool is found: what it does; its name and parameters too."""
    name, description = _spelled(tool.name), tool.description.strip()
    whole = f"{name}: {description} {_described_parameters(tool)}"
    return _sound(description or name), _sound(whole)


def _described_parameters(tool: ToolSpec) -> str:
    """Return names, descriptions and possible values of the parameters."""
    words: list[str] = []
    for name, schema in _properties(tool).items():
        values = schema.get("enum")
        words += [_spelled(name), str(schema.get("description", ""))]
        words += [str(value) for value in values[:20]] if isinstance(values, list) else []
    return " ".join(words)[:TEXT_CHARS]


def _properties(tool: ToolSpec) -> dict[str, Mapping[str, Any]]:
    """Return the schemas of the parameters, whatever else stands in the place of one left out."""
    properties = tool.parameters.get("properties")
    found = properties if isinstance(properties, Mapping) else {}
    return {str(name): schema for name, schema in found.items() if isinstance(schema, Mapping)}


def _spelled(name: str) -> str:
    """Return the words of a name: `getShowTimes` and `get_show_times` are `get show times`."""
    return " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-./]+", " ", name[:TEXT_CHARS]).split()).casefold()


def _sound(text: str) -> str:
    """Return the text short enough, and without halves of characters, which a tokenizer refuses."""
    return text[:TEXT_CHARS].encode("utf-8", "replace").decode() or " "


@functools.lru_cache(maxsize=1_024)
def _stems(text: str) -> frozenset[str]:
    return frozenset(_stemmer().stemWords(list(telling_words(text))))


def _stemmer() -> Any:
    # not shared: a stemmer keeps the word it is at
    if not hasattr(_of_thread, "stemmer"):
        import snowballstemmer

        _of_thread.stemmer = snowballstemmer.stemmer("english")
    return _of_thread.stemmer


_of_thread = threading.local()
