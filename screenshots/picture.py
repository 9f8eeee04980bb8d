"""Frames of a terminal as SVG: one as a still picture, many as a moving one.

It must look the same wherever it is shown as an image, on GitHub, too: no scripts, nothing from elsewhere, any
monospaced font. Movement is CSS. Where there is none, or a reader wants none, the last frame stands.
"""

from collections import defaultdict
from collections.abc import Sequence
from html import escape

from screenshots.film import Frame, Piece, Row

CELL, LINE, MARGIN, FONT_SIZE = 8.4, 19, 16, 14
LAST_S = 5.0
"""The last frame is shown for so long before it begins anew."""
_FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
_GROUND, _TEXT, _CURSOR = "#17212b", "#d7dee6", "#7fb8a8"
_COLOURS = {
    "default": _TEXT,
    "black": "#17212b",
    "red": "#e06c75",
    "green": "#8cc570",
    "brown": "#d9b36c",
    "blue": "#6cabe0",
    "magenta": "#c586c0",
    "cyan": "#5fb8c2",
    "white": "#d7dee6",
    "brightblack": "#8592a0",
    "brightred": "#f08a92",
    "brightgreen": "#a8d98f",
    "brightbrown": "#ecca8a",
    "brightblue": "#8fc4f2",
    "brightmagenta": "#dca6d8",
    "brightcyan": "#86d3da",
    "brightwhite": "#ffffff",
}
_Span = tuple[int, int]
"""The frames from one to before another."""


def still(frame: Frame, title: str, n_columns: int) -> str:
    """Return a picture of one frame, as high as what it shows."""
    n_lines = max((n for n, row in enumerate(frame.rows, 1) if row), default=1)
    drawn = [_row(row, line) for line, row in enumerate(frame.rows) if row]
    return _svg(title, n_columns, n_lines, "", drawn)


def moving(frames: Sequence[Frame], title: str, n_columns: int) -> str:
    """Return a picture of one frame after the other, over and over."""
    n_lines = max((n for frame in frames for n, row in enumerate(frame.rows, 1) if row), default=1)
    begins_s = frames[0].at_s
    at_s = [frame.at_s - begins_s for frame in frames]
    all_s = at_s[-1] + LAST_S
    shown: defaultdict[_Span, list[str]] = defaultdict(list)
    for line in range(n_lines):
        for (first, end), row in _lasting([frame.rows[line] for frame in frames]):
            if row:
                shown[first, end].append(_row(row, line))
    for span, cursor in _lasting([frame.cursor for frame in frames]):
        if cursor and cursor[1] < n_lines:
            shown[span].append(_cursor(*cursor))
    always = (0, len(frames))
    rules = [f".k{{animation:{all_s:.2f}s step-end infinite;visibility:hidden}}.last{{visibility:visible}}"]
    rules += ["@media(prefers-reduced-motion:reduce){.k{animation:none!important}}"]
    drawn = shown.pop(always, [])
    for n, (first, end) in enumerate(sorted(shown)):
        rules.append(_keyframes(n, at_s[first] / all_s, at_s[end] / all_s if end < len(frames) else 1.0))
        last = " last" if end == len(frames) else ""
        drawn.append(f'<g class="k{last}" style="animation-name:k{n}">{"".join(shown[first, end])}</g>')
    return _svg(title, n_columns, n_lines, "\n".join(rules), drawn)


def _lasting(values: Sequence[object]) -> "list[tuple[_Span, object]]":
    """Return each value with the frames in which it stays."""
    found, first = [], 0
    for n in range(1, len(values) + 1):
        if n == len(values) or values[n] != values[first]:
            found.append(((first, n), values[first]))
            first = n
    return found


def _keyframes(n: int, shown_at: float, hidden_at: float) -> str:
    steps = [(0.0, "hidden")] * (shown_at > 0) + [(shown_at, "visible")] + [(hidden_at, "hidden")] * (hidden_at < 1)
    return f"@keyframes k{n}{{" + "".join(f"{at:.3%}{{visibility:{how}}}" for at, how in steps) + "}"


def _row(row: Row, line: int) -> str:
    return "".join(_piece(piece, line) for piece in row)


def _piece(piece: Piece, line: int) -> str:
    x, width = MARGIN + piece.column * CELL, piece.n_columns * CELL
    style = piece.style
    look = "" if style.colour == "default" else f' fill="{_colour(style.colour)}"'
    look += ' font-weight="bold"' if style.is_bold else ""
    look += ' font-style="italic"' if style.is_italic else ""
    look += ' text-decoration="underline"' if style.is_underlined else ""
    ground = ""
    if style.background != "default":
        ground = f'<rect x="{x:.1f}" y="{MARGIN + line * LINE}" width="{width:.1f}" height="{LINE}" '
        ground += f'fill="{_colour(style.background)}"/>'
    # a font whose letters are wider or narrower is made to fit, so that columns stay columns
    fit = f' textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs"'
    return (
        f'{ground}<text x="{x:.1f}" y="{MARGIN + line * LINE + 14}"{fit}{look}>{escape(piece.text, quote=False)}</text>'
    )


def _cursor(column: int, line: int) -> str:
    x, y = MARGIN + column * CELL, MARGIN + line * LINE
    return f'<rect x="{x:.1f}" y="{y}" width="{CELL}" height="{LINE}" fill="{_CURSOR}" opacity="0.6"/>'


def _colour(name: str) -> str:
    return _COLOURS.get(name) or f"#{name}"


def _svg(title: str, n_columns: int, n_lines: int, rules: str, drawn: Sequence[str]) -> str:
    width, height = n_columns * CELL + 2 * MARGIN, n_lines * LINE + 2 * MARGIN
    style = f"text{{white-space:pre}}\n{rules}".strip()
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
            f'height="{height}" role="img" font-family="{_FONTS}" font-size="{FONT_SIZE}" fill="{_TEXT}">',
            f"<title>{escape(title, quote=False)}</title>",
            f"<style>{style}</style>",
            f'<rect width="100%" height="100%" rx="8" fill="{_GROUND}"/>',
            *drawn,
            "</svg>\n",
        ]
    )
