"""What do the limits on templates cost ordinary ones?

The 15 ordinary templates of tests/template_payloads.py, rendered by jinja2's own immutable sandbox and by ours, in
turns; of each the fastest of many rounds.

    python -m benchmarks.templates
"""

import timeit

from jinja2.sandbox import ImmutableSandboxedEnvironment

from benchmarks._measure import conclude
from julep_local.sandbox import compile_template
from tests.template_payloads import ORDINARY, VARIABLES

ROUNDS = 60
TIMES = 60
TARGET = 1.5


def main() -> None:
    plain = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    theirs, ours = {}, {}
    print(f"{'us':30}{'jinja2':>10}{'ours':>10}{'ratio':>10}")
    for name, source in ORDINARY.items():
        variants = [plain.from_string(source), compile_template(source, what=name)]
        assert variants[0].render(VARIABLES) == variants[1].render(VARIABLES)
        times = [
            [timeit.timeit(lambda each=each: each.render(VARIABLES), number=TIMES) for each in variants]
            for _ in range(ROUNDS)
        ]
        theirs[name], ours[name] = (1e6 * min(column) / TIMES for column in zip(*times, strict=True))
        print(f"{name:30}{theirs[name]:>10.1f}{ours[name]:>10.1f}{ours[name] / theirs[name]:>10.2f}")
    conclude(
        "templates",
        {"all 15 ordinary templates beside jinja2's sandbox": sum(ours.values()) / sum(theirs.values())},
        unit="ratio",
        target=TARGET,
        rounds=ROUNDS,
        packages=["jinja2"],
        largest=round(max(ours[name] / theirs[name] for name in ORDINARY), 2),
    )


if __name__ == "__main__":
    main()
