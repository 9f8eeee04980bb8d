"""F: templates of people who mean harm, the known ones and made ones, in each place where a template is rendered."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests import template_payloads as payloads
from tests.torture.experiment import Experiment, Outcome
from tests.torture.patience import allowed

LONGEST_MS, MOST_MB = 500, 64
FUZZ_LONGEST_MS, FUZZ_MOST_MB = 1000, 128

_PLACES = """
import copy, json, re, resource, sys, time
from datetime import datetime, timezone
import arrow
from julep_local.errors import InvalidInput, ModelBroken
from julep_local.llm.base import PromptMessage, ToolSpec
from julep_local.llm.chat_template import ChatTemplate
from julep_local.prompt.render import render_session_text
from julep_local.sandbox import compile_template
from julep_local.types import Agent, Session, User
from tests.template_payloads import VARIABLES

NOW = datetime(2024, 5, 1, tzinfo=timezone.utc)
ABOUT = {"about": "x", "created_at": NOW, "updated_at": NOW, "metadata": {"moods": ["kind"]}}
AGENT = Agent(id="a", name="Ada", model="m", instructions=[], **ABOUT)
USER = User(id="u", name="Bo", **ABOUT)
SESSION = Session(id="s", agent_id="a", user_id="u", situation="x", metadata={"lang": "de"})

def session(source):
    return render_session_text(source, what="x", session=SESSION, user=USER, agent=AGENT)

def bare(source, chat=False):
    given = copy.deepcopy(VARIABLES)
    text = compile_template(source, what="x", chat=chat).render(given)
    if given != VARIABLES:
        raise RuntimeError("it changed what it was given")
    return text

def of_a_model(source):
    template = ChatTemplate(source, bos="<s>", eos="</s>")
    pieces = template.pieces([PromptMessage("user", "Hello")], tools=[ToolSpec("t", "d", {"type": "object"})])
    return "".join(piece.text for piece in pieces)

PLACES = {
    "a session": session,
    "any": bare,
    "a chat template": lambda source: bare(source, True),
    "a model": of_a_model,
}

def peak_mb():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024

def tried(place, source):
    open("/proc/self/clear_refs", "w").write("5")
    before, begun = peak_mb(), time.thread_time()
    said, text = "printed", ""
    try:
        text = PLACES[place](source)
    except (InvalidInput, ModelBroken):
        said = "refused"
    except BaseException as error:
        said = f"untyped {type(error).__name__}: {error}"[:200]
    return said, text, 1000 * (time.thread_time() - begun), peak_mb() - before

for place in PLACES:
    tried(place, "{{ arrow }}{{ agent }}{{ messages|length }}")
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, resource.RLIM_INFINITY))
"""

_KNOWN = (
    _PLACES
    + """
for line in sys.stdin:
    place, source = json.loads(line)
    print(json.dumps(tried(place, source)), flush=True)
"""
)

_MADE = (
    _PLACES
    + """
from hypothesis import HealthCheck, Phase, given, seed, settings
from tests.templates_made import templates
n, number, longest = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
counts = {"printed": 0, "refused": 0}
worst = [0.0, 0.0]

@seed(number)
@settings(
    max_examples=n, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(templates())
def fuzz(source):
    place = list(PLACES)[len(source) % len(PLACES)]
    said, text, ms, mb = tried(place, source)
    worst[0], worst[1] = max(worst[0], ms), max(worst[1], mb)
    counts[said] = counts.get(said, 0) + 1
    if ms > longest or mb > MOST or said not in ("printed", "refused"):
        print(json.dumps(["wrong", f"{place}: {said}, {ms:.0f} ms, {mb:.0f} MB: {source[:300]}"]), flush=True)

fuzz()
print(json.dumps(["end", counts, worst]), flush=True)
"""
).replace("MOST", str(FUZZ_MOST_MB))


def known(n: int, folder: Path) -> Outcome:
    """Each known bomb and escape in each place: refused or harmless, within half a second and 64 MB, nothing told."""
    outcome, slowest, largest = Outcome(0), 0.0, 0.0
    attacks = [(name, source, True) for name, source in payloads.BOMBS.items()]
    attacks += [(name, source, False) for name, source in payloads.ESCAPES.items()]
    places = ["a session", "any", "a chat template", "a model"]
    process = subprocess.Popen(
        [sys.executable, "-c", _KNOWN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        for name, source, is_bomb in attacks[:n] if n < len(attacks) else attacks:
            for place in places:
                process.stdin.write(json.dumps([place, source]) + "\n")
                answer = process.stdout.readline()
                outcome.n += 1
                if not answer:
                    outcome.wrong.append(f"{name} in {place}: the process ended with {process.wait()}")
                    return outcome
                said, text, ms, mb = json.loads(answer)
                slowest, largest = max(slowest, ms), max(largest, mb)
                if said.startswith("untyped") or ms > allowed(LONGEST_MS) or mb > MOST_MB:
                    outcome.wrong.append(f"{name} in {place}: {said}, {ms:.0f} ms, {mb:.0f} MB")
                if not is_bomb and any(secret in text for secret in payloads.SECRETS):
                    outcome.wrong.append(f"{name} in {place}: told {text[:100]}")
        process.stdin.close()
    outcome.seen = f"{len(payloads.BOMBS)} bombs, {len(payloads.ESCAPES)} escapes, 4 places; "
    outcome.seen += f"at most {slowest:.0f} ms and {largest:.0f} MB"
    return outcome


def made(n: int, folder: Path) -> Outcome:
    """Templates of the same pieces, put together at random."""
    outcome = Outcome(0)
    worst = [0.0, 0.0]
    counts: dict[str, int] = {}
    batch = 2000
    for number in range(-(-n // batch)):
        size = min(batch, n - number * batch)
        program = [sys.executable, "-c", _MADE, str(size), str(number), str(allowed(FUZZ_LONGEST_MS))]
        ended = subprocess.run(program, capture_output=True, text=True, timeout=3600, check=False)
        if ended.returncode:
            outcome.wrong.append(f"batch {number} ended with {ended.returncode}: {ended.stderr[-300:]}")
        for line in ended.stdout.splitlines():
            told: list[Any] = json.loads(line)
            if told[0] == "wrong":
                outcome.wrong.append(told[1])
            else:
                worst = [max(a, b) for a, b in zip(worst, told[2], strict=True)]
                counts = {key: counts.get(key, 0) + told[1].get(key, 0) for key in {*counts, *told[1]}}
    outcome.n = sum(counts.values())
    outcome.seen = f"{counts.get('refused', 0):,} refused; at most {worst[0]:.0f} ms and {worst[1]:.0f} MB"
    return outcome


EXPERIMENTS = [
    Experiment("F1", "known bombs and escapes, in each place", "renderings", {"P": 8, "N": 10_000, "R": 10_000}, known),
    Experiment("F2", "templates made of such pieces", "templates", {"P": 50, "N": 40_000, "R": 400_000}, made),
]
