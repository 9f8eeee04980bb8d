"""Makes docs/measured.md, its charts, docs/img/measured-*.svg, and the README's table of what results.toml holds.

    python -m benchmarks._report

It measures nothing. A chart shows how far each figure is from its target, because figures of different units share no
axis. It is drawn by matplotlib, of the extra `docs`.
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks._measure import REPOSITORY

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RESULTS = REPOSITORY / "benchmarks" / "results.toml"
PAGE = REPOSITORY / "docs" / "measured.md"
IMAGES = REPOSITORY / "docs" / "img"
README = REPOSITORY / "README.md"
_BEGIN, _END = "<!-- made by python -m benchmarks._report -->\n", "<!-- until here -->\n"


@dataclass(frozen=True)
class Result:
    """What one question came to."""

    area: str
    benchmark: str
    question: str
    measured: float
    target: float
    unit: str
    better: str
    in_readme: bool = False

    @property
    def margin(self) -> float:
        """How many times better than the target it is; 1 just meets it, less does not."""
        return self.measured / self.target if self.better == "higher" else self.target / self.measured

    @property
    def is_met(self) -> bool:
        return self.margin >= 1

    def shown(self, value: float) -> str:
        """A figure with its unit, as a person writes it."""
        figure = f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
        return f"{figure} {self.unit}".strip()

    @property
    def shown_target(self) -> str:
        return f"{'≥' if self.better == 'higher' else '≤'} {self.shown(self.target)}"


def results() -> tuple[str, list[Result]]:
    """Return what they were measured on, and each."""
    found: dict[str, Any] = tomllib.loads(RESULTS.read_text(encoding="utf-8"))
    return found["machine"], [Result(**each) for each in found["result"]]


def page(machine: str, found: Sequence[Result]) -> str:
    """Return the page, in Markdown."""
    head = f"""# What was measured

On {machine}.

Where something stands *beside* another, both ran in every round of one run, in turns the first one first, and the
figure is the median of the rounds' ratios: what slows down a whole round is in both and cancels out. Times are those of
one machine on one day. Each benchmark's head says why its question matters, what is timed and what is left out.

{sum(result.is_met for result in found)} of {len(found)} targets are met. This page is made by
`python -m benchmarks._report` of what the last runs found, in `benchmarks/results.toml`.
"""
    lines = head.splitlines() + [""]
    for area, group in groupby(found, key=lambda result: result.area):
        lines += [
            f"## {area}",
            "",
            f"![How many times better than its target each figure is](img/measured-{_slug(area)}.svg)",
            "",
            "| question | measured | target | met | to repeat it |",
            "|---|---|---|---|---|",
        ]
        for result in group:
            met = "yes" if result.is_met else "**no**"
            lines.append(
                f"| {result.question} | {result.shown(result.measured)} | {result.shown_target} | {met} | "
                f"`python -m benchmarks {result.benchmark}` |"
            )
        lines.append("")
    return "\n".join(lines)


def readme(text: str, found: Sequence[Result]) -> str:
    """Return the README with its table made anew: what was chosen for it, and every target that is missed."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    lines = ["| question | measured | target | met |", "|---|---|---|---|"]
    lines += [
        f"| {result.question} | {result.shown(result.measured)} | {result.shown_target} | "
        f"{'yes' if result.is_met else '**no**'} |"
        for result in found
        if result.in_readme or not result.is_met
    ]
    n_met = sum(result.is_met for result in found)
    lines += ["", f"{n_met} of {len(found)} targets are met; `docs/measured.md` has all of them, with charts.", ""]
    return f"{before}{_BEGIN}\n{chr(10).join(lines)}\n{_END}{after}"


def draw(area: str, group: Sequence[Result]) -> str:
    """Return the chart of an area, as SVG: a bar for each figure, its length the margin to its target."""
    import io

    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams.update({"svg.hashsalt": area, "svg.fonttype": "none", "font.size": 9})
    figure, axes = pyplot.subplots(figsize=(9, 0.36 * len(group) + 0.9))
    names = [result.question.replace("`", "") for result in group]
    margins = [result.margin for result in group]
    colours = ["#0d7d6c" if result.is_met else "#c0392b" for result in group]
    axes.barh(names, [math.log2(margin) for margin in margins], color=colours)
    for at, result in enumerate(group):
        text = result.shown(result.measured) + ("" if result.is_met else ", target missed")
        width = math.log2(result.margin)
        axes.text(max(width, 0) + 0.05, at, text, va="center")
    axes.axvline(0, color="#555", linewidth=1)
    widest = max(1, math.ceil(max(map(math.log2, margins))))
    lowest = min(0, math.floor(min(map(math.log2, margins))))
    axes.set_xlim(lowest, widest + 1.2)
    axes.set_xticks(
        range(lowest, widest + 1), [f"{2**n:g} ×" if n >= 0 else f"1/{2**-n} ×" for n in range(lowest, widest + 1)]
    )
    axes.set_xlabel("times better than the target")
    axes.invert_yaxis()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    drawn = io.StringIO()
    figure.savefig(
        drawn, format="svg", bbox_inches="tight", facecolor="white", metadata={"Date": None, "Creator": None}
    )
    pyplot.close(figure)
    return "\n".join(line.rstrip() for line in drawn.getvalue().splitlines()) + "\n"


def _slug(area: str) -> str:
    return area.lower().replace(" ", "-")


def main() -> None:
    """Write the page, the charts and the README's table."""
    machine, found = results()
    PAGE.write_text(page(machine, found), encoding="utf-8")
    README.write_text(readme(README.read_text(encoding="utf-8"), found), encoding="utf-8")
    for area, group in groupby(found, key=lambda result: result.area):
        file = IMAGES / f"measured-{_slug(area)}.svg"
        file.write_text(draw(area, list(group)), encoding="utf-8")
        print(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)


if __name__ == "__main__":
    main()
