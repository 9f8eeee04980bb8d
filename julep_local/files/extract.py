"""What a file says: its text as Markdown, and a title.

What kind of file it is, its name and first bytes tell. PDF is read by pypdf; DOCX becomes HTML by mammoth, and HTML
Markdown by markdownify, so that headings, lists and tables stay what they are; these are imported when such a file
comes. Whatever a broken file makes them raise is `Unreadable`.
"""

import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, NamedTuple

MOST_BYTES = 100_000_000
"""Of a file, and of what is packed in a DOCX: a small one can unpack to gigabytes."""
MOST_MARKUP_BYTES = 5_000_000
"""Of HTML, and of the XML that is packed in a DOCX, which packs a thousand times smaller."""
MOST_TAGS = 200_000
"""In them, where the time goes: so many take some ten seconds, and megabytes of text next to none."""
MOST_CHARS = 20_000_000
"""Of what a PDF says: no doc holds more, see `check.MOST_DOC_CHARS`."""
MOST_PDF_S = 60.0
"""For all pages of a PDF."""
_MOST_TITLE = 150
_LOOKED_AT = 8192
_HTML = (".html", ".htm", ".xhtml")
_MARKDOWN = (".md", ".markdown", ".mdx", ".rst", ".txt", ".text", ".adoc", ".org", "")
_LANGUAGES: dict[str, str] = {
    suffix: language
    for suffix, _, language in (
        part.partition(":")
        for part in (
            "py:python pyi:python js:javascript mjs:javascript jsx:jsx ts:typescript tsx:tsx java:java kt:kotlin "
            "go:go rs:rust c:c h:c cc:cpp cpp:cpp hpp:cpp cs:csharp rb:ruby php:php swift:swift scala:scala "
            "sh:bash bash:bash zsh:bash ps1:powershell sql:sql r:r jl:julia lua:lua pl:perl hs:haskell ex:elixir "
            "erl:erlang clj:clojure dart:dart vue:vue css:css scss:scss json:json jsonl:json yaml:yaml yml:yaml "
            "toml:toml ini:ini cfg:ini xml:xml svg:xml tf:hcl proto:protobuf graphql:graphql tex:latex csv:csv "
            "tsv:csv cmake:cmake mk:makefile"
        ).split()
    )
}
"""Suffixes of source code and data, which stand in a fence: in Markdown a remark `# x` would be a heading."""
_HEADING = re.compile(r"^ {0,3}#[ \t]+(\S[^\n]*?)[ \t#]*$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")


class Unreadable(Exception):
    """There is no text to be had of a file; the message says why."""


class NoText(Unreadable):
    """It was never text: a picture, a program."""


class FileText(NamedTuple):
    """What a file says."""

    title: str
    text: str
    """Markdown."""


def extract(name: str, data: bytes) -> FileText:
    """Return what a file says.

    Args:
        name: its name or path, whose end tells what it is.
        data: all of it.

    Raises:
        NoText: it is no text.
        Unreadable: it is damaged, locked, empty, too large, or what reads it is not installed.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(f"has {len(data):,} bytes; at most {MOST_BYTES:,} are read")
    suffix, stem = PurePath(name).suffix.lower(), PurePath(name).stem
    if data.startswith(b"%PDF-") or suffix == ".pdf":
        title, text = stem, _guarded(_pdf, data)
    elif suffix == ".docx":
        title, text = _html_text(_guarded(_docx, data), stem)
    elif suffix in _HTML or data[:_LOOKED_AT].lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        title, text = _html_text(data, stem)
    else:
        text = decoded(data)
        title = stem
        if suffix[1:] in _LANGUAGES:
            title, text = name, _fenced(text, _LANGUAGES[suffix[1:]])
        elif suffix in _MARKDOWN:
            title = _first_heading(text) or stem
    text = _BLANK_LINES.sub("\n\n", text).strip("\n")
    if not text.strip():
        raise Unreadable("is empty" if suffix != ".pdf" else "has no text: its pages may be pictures")
    return FileText(" ".join(title.split())[:_MOST_TITLE].strip() or name, text)


def decoded(data: bytes) -> str:
    """Return the text that bytes are: UTF-8, UTF-16 with its mark, else Windows' Western European.

    Raises:
        NoText: they are none.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    elif b"\0" in data[:_LOOKED_AT]:
        raise NoText("is no text")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("utf-8-sig", "replace")
            n_odd = text.count("\ufffd")
            if sum(not each.isascii() for each in text) < 2 * n_odd:  # more is wrong than right
                text = data.decode("cp1252", "replace")
            if _share_odd(text[:_LOOKED_AT]) > 0.05:
                raise NoText("is no text") from None
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _share_odd(text: str) -> float:
    """Return how many of the characters no text has."""
    return sum(not each.isprintable() and not each.isspace() or each == "\ufffd" for each in text) / max(len(text), 1)


def _first_heading(text: str) -> str:
    found = _HEADING.search(text[:_LOOKED_AT])
    return found[1] if found else ""


def _fenced(text: str, language: str) -> str:
    if not text.strip():
        return ""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.strip(chr(10))}\n{fence}"


def _guarded(read: Callable[[bytes], Any], data: bytes) -> Any:
    """Return what a reader makes of a file. Damaged ones make it raise anything."""
    try:
        return read(data)
    except Unreadable:
        raise
    except ModuleNotFoundError as error:
        raise Unreadable(f"needs {error.name}: pip install 'julep_local[files]'") from None
    except RecursionError:
        raise Unreadable("is nested too deeply") from None
    except Exception as error:
        raise Unreadable(f"is damaged: {type(error).__name__}: {error}".rstrip(": ")) from error


def _pdf(data: bytes) -> str:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("is locked with a password")
    pages: list[str] = []
    n_chars, ends_at = 0, time.monotonic() + MOST_PDF_S
    for page in reader.pages:
        if time.monotonic() > ends_at:
            raise Unreadable(
                f"takes more than {MOST_PDF_S:.0f} s to read: {len(pages):,} of {len(reader.pages):,} pages; split it"
            )
        pages.append(page.extract_text())
        n_chars += len(pages[-1])
        if n_chars > MOST_CHARS:  # a few bytes can draw a page over and over
            raise Unreadable(f"says more than {MOST_CHARS:,} characters; split it")
    # what pypdf cannot map to a character becomes half of one
    return "\n\n".join(pages).encode("utf-8", "replace").decode().replace("\0", "")


def _docx(data: bytes) -> bytes:
    import mammoth

    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MOST_BYTES:
            raise Unreadable(f"unpacks to more than {MOST_BYTES:,} bytes")
        markup = [part for part in packed.infolist() if _is_markup(packed, part)]
        _refuse_bytes(sum(part.file_size for part in markup))
        _refuse_tags(sum(packed.read(part).count(b"<") for part in markup))
    no_pictures = mammoth.images.img_element(lambda image: {})
    html: str = mammoth.convert_to_html(io.BytesIO(data), convert_image=no_pictures).value
    return html.encode()


def _is_markup(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Return whether a part is XML: by its name, or as it begins, since any part may be said to be the document."""
    if part.filename.lower().endswith((".xml", ".rels")):
        return True
    with packed.open(part) as opened:
        return opened.read(64).lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<")


def _refuse_bytes(n_bytes: int) -> None:
    if n_bytes > MOST_MARKUP_BYTES:
        raise Unreadable(f"has {n_bytes:,} bytes of markup; at most {MOST_MARKUP_BYTES:,} are read: split it")


def _refuse_tags(n_tags: int) -> None:
    if n_tags > MOST_TAGS:
        raise Unreadable(f"has {n_tags:,} tags; at most {MOST_TAGS:,} are read: split it")


def _html_text(data: bytes, stem: str) -> tuple[str, str]:
    title, text = _guarded(_html, data)
    return title or _first_heading(text) or stem, text


def _html(data: bytes) -> tuple[str, str]:
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    _refuse_bytes(len(data))
    _refuse_tags(data.count(b"<"))
    soup = BeautifulSoup(data, "html.parser")
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    for unread in soup(["script", "style", "noscript", "template", "svg", "head"]):
        unread.decompose()
    # of links the words alone: addresses say nothing, and take room
    text: str = MarkdownConverter(heading_style="ATX", strip=["a", "img"]).convert_soup(soup)
    return title, text.replace("\0", "")
