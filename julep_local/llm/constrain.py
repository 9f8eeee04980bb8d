"""What an answer must look like: JSON that fits a schema, text that matches a pattern, a tool call.

llguidance says before each token which ones may come. It refuses keywords and patterns that it cannot hold, instead of
letting wrong answers pass. It knows nothing of sampling.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from julep_local.errors import InvalidInput, ModelError
from julep_local.llm.base import Constraint, ToolSpec
from julep_local.llm.tool_calls import CLOSING, before_arguments

if TYPE_CHECKING:
    from julep_local.llm.sampler import Ids

# compact JSON as `json.dumps` writes it: with free white space small models wander off into blank lines
_COMPACT: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


_MOST_MASKS = 16

CallForm = Literal["plain", "tagged", "bare"]
"""How a call is written: its JSON alone; the JSON and the tag behind it; or the JSON, in which the arguments may be
called parameters."""


class Matcher:
    """Follows an answer and knows which tokens may come next.

    Args:
        tokenizer: the model's vocabulary, `Native.grammar_tokenizer`.
        grammar: made by one of the functions below.
        n_vocab: how many tokens there are.
        field: names the constraint in errors.

    Raises:
        InvalidInput: the grammar holds something that cannot be enforced; the message names it.
    """

    def __init__(self, tokenizer: Any, grammar: str, *, n_vocab: int, field: str) -> None:
        from llguidance import LLMatcher

        self._n_vocab = n_vocab
        self._by_mask: dict[bytes, Ids] = {}
        self._matcher: Any = LLMatcher(tokenizer, grammar, log_level=0)
        if self._matcher.is_error():  # the constructor never raises
            raise InvalidInput(f"cannot be enforced: {_reason(self._matcher.get_error())}", field=field)

    @property
    def finished(self) -> bool:
        """Whether the answer is complete and nothing may follow."""
        self._check()  # a matcher in error also says it is stopped
        return bool(self._matcher.is_stopped())

    def allowed(self) -> "Ids":
        """Return the tokens that may come next, among them those that end the answer if it may end here."""
        mask = self._matcher.compute_bitmask()
        self._check()
        allowed = self._unpacked(mask)
        if not len(allowed):
            raise ModelError("the model has no token that could carry on in the form asked for: ask for a simpler one")
        return allowed

    def _unpacked(self, mask: bytes) -> "Ids":
        # inside a string the mask is the same for many tokens, and unpacking takes as long as computing it
        known = self._by_mask.get(mask)
        if known is None:
            bits = np.unpackbits(np.frombuffer(mask, np.uint8), bitorder="little")
            if len(self._by_mask) == _MOST_MASKS:
                self._by_mask.clear()
            known = self._by_mask[mask] = np.flatnonzero(bits[: self._n_vocab])
        return known

    def accept(self, token: int) -> None:
        """Follow the answer by one token."""
        self._matcher.consume_token(token)
        self._check()

    def follows(self, tokens: Sequence[int]) -> bool:
        """Follow an answer that begins with these tokens; False, and nothing has changed, if it has not the form."""
        if self._matcher.validate_tokens(list(tokens)) < len(tokens):
            return False
        for token in tokens:
            self.accept(token)
        return True

    def closing(self, most_tokens: int, ranks: "Ids") -> list[int] | None:
        """Return tokens that complete the answer, few if not the fewest; None if more than so many are needed.

        No model is asked.

        Args:
            most_tokens: so many at most.
            ranks: (n_vocab,): of the tokens that may come, the one with the lowest rank is taken.
        """
        matcher: Any = self._matcher.deep_copy()
        tokens: list[int] = []
        while not matcher.is_accepting():
            if len(tokens) >= most_tokens or matcher.is_error():
                return None
            forced: list[int] = matcher.compute_ff_tokens()
            if not forced:
                allowed = self._unpacked(matcher.compute_bitmask())
                forced = [int(allowed[ranks[allowed].argmin()])] if len(allowed) else []
            if not forced or matcher.consume_tokens(forced) is False:
                return None
            tokens += forced
        return tokens if len(tokens) <= most_tokens and not matcher.is_error() else None

    def _check(self) -> None:
        if self._matcher.is_error():
            raise ModelError(
                f"the answer's form grew too complex to be enforced ({_reason(self._matcher.get_error())}): "
                "ask for a simpler schema or pattern"
            )


def grammar_of(constraint: Constraint) -> str:
    """Return the grammar of a constraint.

    Raises:
        InvalidInput: the schema is no JSON.
    """
    from llguidance import LLMatcher

    if constraint.kind == "regex":
        return str(LLMatcher.grammar_from_regex(constraint.pattern))
    try:
        return str(LLMatcher.grammar_from_json_schema(dict(constraint.schema), overrides=_COMPACT))
    except (ValueError, TypeError) as error:
        raise InvalidInput(f"is not a JSON schema: {_reason(str(error))}", field="response_format.schema") from error


def grammar_of_call(tools: Sequence[ToolSpec], form: CallForm = "plain") -> str:
    """Return the grammar of a call of one of the tools, with arguments that fit its parameters."""
    from llguidance import LLMatcher

    calls = " | ".join(f"call{i}" for i in range(len(tools)))
    lines = [f'start: /\\n?/ ({calls}) "\\n{CLOSING}"' if form == "tagged" else f"start: {calls}"]
    keys = ("arguments", "parameters") if form == "bare" else ("arguments",)
    for i, tool in enumerate(tools):
        beginnings = [json.dumps(before_arguments(tool.name, key), ensure_ascii=False) for key in keys]
        schema = json.dumps({**_arguments(tool.parameters), "x-guidance": _COMPACT}, ensure_ascii=False)
        lines.append(f'call{i}: ({" | ".join(beginnings)}) args{i} "}}"\nargs{i}: %json {schema}')
    return str(LLMatcher.grammar_from_lark("\n".join(lines)))


def field_of(constraint: Constraint) -> str:
    """Return how errors name what the constraint was made of."""
    return "response_format.pattern" if constraint.kind == "regex" else "response_format.schema"


def _arguments(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of the arguments: an object with no other parameters than those named; models invent some."""
    schema: dict[str, Any] = {"type": "object", **parameters}
    open_keywords = {"additionalProperties", "patternProperties", "$ref", "allOf", "anyOf", "oneOf"}
    if "properties" in schema and not open_keywords & schema.keys():
        schema["additionalProperties"] = False
    return schema


def _reason(message: str) -> str:
    """Return the lines of llguidance's message that say what is wrong: the first, and what its regex parser adds."""
    lines = [line.strip() for line in message.splitlines() if line.strip()] or ["no reason given"]
    return " ".join([lines[0], *(line for line in lines[1:] if line.startswith("error:"))])[:400]
