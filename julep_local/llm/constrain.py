"""What an answer must look like: JSON that fits a schema, text that matches a pattern, a tool call.

llguidance says before each token which ones may come. It refuses keywords and patterns that it cannot hold, instead of
letting wrong answers pass. It knows nothing of sampling.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
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
_MOST_CHARS = 1_000_000
"""Of a grammar as text. A list of values of that size takes half a second."""
_MOST_SYMBOLS = 25_000
"""Of a grammar. Making a larger one takes seconds, and no schema of so many can be followed afterwards."""
_MOST_FORCED_BYTES = 10_000
"""Following a form takes 1 ms a token for each 1,000 bytes that it leaves no choice about."""
_N_REHEARSED = 48
"""Tokens. Forms that outgrow llguidance's limits, such as `(x{1,500}){1,500}`, did so within 30."""
_MOST_REHEARSALS = 256

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
        from llguidance import LLMatcher, LLParserLimits

        self._n_vocab = n_vocab
        self._by_mask: dict[bytes, Ids] = {}
        limits = LLParserLimits(max_grammar_size=_MOST_SYMBOLS)
        self._matcher: Any = LLMatcher(tokenizer, grammar, log_level=0, limits=limits)
        if self._matcher.is_error():  # the constructor never raises
            raise InvalidInput(f"cannot be enforced: {_reason(self._matcher.get_error())}", field=field)
        fault = self._known_fault(grammar)
        if fault is not None:
            raise InvalidInput(f"cannot be enforced: {fault}", field=field)

    def _known_fault(self, grammar: str) -> str | None:
        key = (self._n_vocab, hashlib.sha256(grammar.encode()).digest())
        if key not in _faults:
            fault = self._rehearsed()
            if len(_faults) >= _MOST_REHEARSALS:
                _faults.clear()
            _faults[key] = fault
            return fault
        return _faults.get(key)

    def _rehearsed(self) -> str | None:
        """Return why the form cannot be followed; None if nothing is known against it.

        Some forms compile and fail some tokens later, when half an answer was shown. What can come is tried here, 10 to
        60 ms for a new form: the token with the highest id, which is a long one in most vocabularies.
        """
        matcher: Any = self._matcher.deep_copy()
        for i in range(_N_REHEARSED):
            if len(matcher.compute_ff_bytes()) > _MOST_FORCED_BYTES:
                return f"it prescribes more than {_MOST_FORCED_BYTES:,} characters in a row: ask for less"
            mask: bytes = b"" if matcher.is_error() else matcher.compute_bitmask()
            nothing = matcher.is_error() or not any(mask)
            if nothing and i == 0 and "NoExtension" in (matcher.get_error() or "NoExtension"):
                return "it is unsatisfiable, no finite answer has this form"
            if nothing or not matcher.consume_token(int(self._unpacked(mask)[-1])) or matcher.is_stopped():
                break
        if matcher.is_error():
            return f"it grows too complex ({_reason(matcher.get_error())}): ask for a simpler schema or pattern"
        return None

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
        InvalidInput: the schema is no JSON, too large, or counts properties that may have the same name.
    """
    from llguidance import LLMatcher

    if constraint.kind == "regex":
        grammar = str(LLMatcher.grammar_from_regex(constraint.pattern))
    else:
        grammar = _grammar_of_schema(constraint.schema)
    if len(grammar) > _MOST_CHARS:
        raise InvalidInput(
            f"cannot be enforced: it is too large, {len(grammar):,} characters; ask for at most {_MOST_CHARS:,}",
            field=field_of(constraint),
        )
    return grammar


def _grammar_of_schema(schema: Mapping[str, Any]) -> str:
    from llguidance import LLMatcher

    _check_counts(schema)
    # llguidance takes settings from this key, among them one that lets it ignore what it cannot enforce
    schema = {**schema, "x-guidance": _COMPACT}
    try:
        return str(LLMatcher.grammar_from_json_schema(schema))
    except RecursionError:
        raise InvalidInput("is nested too deeply", field="response_format.schema") from None
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


_SCHEMAS_BY_NAME = ("properties", "patternProperties", "$defs", "definitions")
_SCHEMAS = ("additionalProperties", "items", "additionalItems", "prefixItems", "anyOf", "allOf", "oneOf")


def _check_counts(schema: Mapping[str, Any]) -> None:
    """Refuse `minProperties` where nothing else ensures so many: a model may write one name twice, read as one."""
    left: list[Any] = [schema]
    while left:
        each = left.pop()
        if isinstance(each, list | tuple):
            left += each
        elif isinstance(each, Mapping):
            required, least = each.get("required"), each.get("minProperties")
            n_required = len(required) if isinstance(required, list | tuple) else 0
            if isinstance(least, int | float) and least > max(n_required, 1):
                raise InvalidInput(
                    "cannot be enforced: minProperties above 1 is supported only if as many are required",
                    field="response_format.schema",
                )
            left += [each[name] for name in _SCHEMAS if name in each]
            named = [each[name] for name in _SCHEMAS_BY_NAME if isinstance(each.get(name), Mapping)]
            left += [schema for schemas in named for schema in schemas.values()]


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


_faults: dict[tuple[int, bytes], str | None] = {}
"""What is known against forms, by vocabulary size and hash of the grammar."""

_ANCHORS = {
    "WordUnicode": r"\b",
    "WordUnicodeNegate": r"\B",
    "Start": "^ (other than at the beginning)",
    "End": "$ (other than at the end)",
    "StartLF": "^ of a line",
    "EndLF": "$ of a line",
}
"""How a pattern writes what llguidance names like this."""


def _unsupported(found: "re.Match[str]") -> str:
    names = re.findall(r'"([^"]+)"', found[1])
    verb = "keywords {} are" if len(names) > 1 else "keyword {} is"
    return f"the {verb.format(', '.join(names))} not supported"


_PLAINER: Sequence[tuple[str, str | Callable[["re.Match[str]"], str]]] = (
    (r"Unimplemented keys: \[(.*)\]", _unsupported),
    (
        r"oneOf constraints are not supported\..*",
        "oneOf is supported only if its schemas exclude each other: use anyOf",
    ),
    (
        r"Resource '(.*)' is not present in a registry.*",
        r"$ref: \1 is another document, and none is fetched: use $defs",
    ),
    (r"Pointer '(.*)' does not exist", r"$ref: there is no \1 in the schema"),
    (r"Regex is empty:.*", "no text fits its pattern, format, enum, const and lengths together"),
    (r"Failed to generate regex for integer range:.*", "its minimum or maximum is too large"),
    (r"recursion limit exceeded.*", "it is nested too deeply"),
    (r"grammar size \(number of symbols\) too big.*", "it has too many parts: ask for less"),
    (r"Parser Error: Current row has .*", "too much is optional at one place"),
    (r"at \d+\(\d+\): invalid regex .* \(in regex\): ", ""),
    (
        r"lookarounds not supported yet; (\w+) in regex",
        lambda found: f"{_ANCHORS.get(found[1], found[1])} is not supported in",
    ),
    (r"regex parse error: error:", "the pattern is not accepted:"),
)
"""What llguidance says, and how we say it: with the keyword that is meant, and without settings nobody can reach."""


def _reason(message: str) -> str:
    """Return the lines of llguidance's message that say what is wrong: the first, and what its regex parser adds."""
    lines = [line.strip() for line in message.splitlines() if line.strip()] or ["no reason given"]
    reason = " ".join([lines[0], *(line for line in lines[1:] if line.startswith("error:"))])
    for theirs, ours in _PLAINER:
        reason = re.sub(theirs, ours, reason, flags=re.DOTALL)
    return reason[:400]
