"""Renders the texts of a session as templates: situation, about, instructions, system messages.

It decides what such a template may see: plain copies of a few values, never an object of this library.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from julep_local.sandbox import ClockedArrow, compile_template
from julep_local.stamps import REAL, Stamps
from julep_local.types import Agent, Session, User

_SESSION = ("id", "situation", "metadata")
_PERSON = ("id", "name", "about", "metadata")


def render_session_text(
    source: str, *, what: str, session: Session, user: User | None, agent: Agent, stamps: Stamps = REAL
) -> str:
    """Return the text of a session's template. Markup in the values it inserts is not rendered again.

    The template knows `session` (id, situation, metadata), `user` and `agent` (id, name, about, metadata) and the
    library `arrow`, whose clock is that of `stamps` where these are repeatable. Without a user the keys of `user` are
    all None. Unknown names print nothing; attributes of an unknown name are an error.

    Raises:
        InvalidInput: it is no template, or failed; its `field` is `what`.
    """
    variables: dict[str, Any] = {
        "session": _values(session, _SESSION),
        "user": _values(user, _PERSON),
        "agent": _values(agent, _PERSON),
    }
    if stamps.is_repeatable:
        variables["arrow"] = ClockedArrow(stamps.now)
    return compile_template(source, what=what).render(variables)


def check_template(source: str, what: str) -> None:
    """Check that a text can be compiled, so that a session with a broken template is never made.

    Raises:
        InvalidInput: it is no template; the message has the line, `field` is `what`.
    """
    compile_template(source, what=what)


def _values(record: Session | User | Agent | None, names: Sequence[str]) -> dict[str, Any]:
    return {name: _plain(getattr(record, name, None)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
