"""What a file says: of each kind the text, and of what cannot be read the reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from files.making import docx, docx_of, pdf
from julep_local import check
from julep_local.files import extract as module
from julep_local.files.extract import NoText, Unreadable, extract

HTML = b"""<!DOCTYPE html><html><head><title>Harbour guide</title><style>p { color: red }</style></head><body>
<h1>Ferry</h1><p>Leaves at <b>9:15</b>, see <a href="https://example.org/long">the plan</a>.</p>
<script>alert("x")</script><ul><li>one</li><li>two</li></ul>
<table><tr><th>day</th><th>time</th></tr><tr><td>Monday</td><td>9:15</td></tr></table></body></html>"""


@pytest.mark.parametrize(
    ("name", "data", "title", "says"),
    [
        pytest.param("ferry.md", b"# The ferry\n\nLeaves at 9:15.", "The ferry", "Leaves at 9:15.", id="markdown"),
        pytest.param("ferry.txt", b"Leaves at 9:15.\r\nDaily.", "ferry", "Leaves at 9:15.\nDaily.", id="text"),
        pytest.param("notes", "Größe".encode(), "notes", "Größe", id="no suffix"),
        pytest.param("old.txt", "Größe".encode("cp1252"), "old", "Größe", id="Windows"),
        pytest.param("cut.txt", "Größe, Maß, Füße".encode() + b"\xc3 end", "cut", "Größe, Maß, Füße", id="a bad byte"),
        pytest.param("wide.txt", "Größe".encode("utf-16"), "wide", "Größe", id="UTF-16"),
        pytest.param("mark.txt", b"\xef\xbb\xbfLeaves.", "mark", "Leaves.", id="byte order mark"),
        pytest.param("a/b.py", b"# not a heading\nx = 1\n", "a/b.py", "```python\n# not a heading", id="source"),
        pytest.param("plan.pdf", pdf("The ferry leaves at 9:15"), "plan", "The ferry leaves at 9:15", id="PDF"),
        pytest.param("x.bin", pdf("A PDF by its bytes"), "x", "A PDF by its bytes", id="PDF by another name"),
        pytest.param("plan.docx", docx("Ferry", "Leaves at 9:15."), "Ferry", "# Ferry\n\nLeaves at 9:15.", id="DOCX"),
        pytest.param("page.html", HTML, "Harbour guide", "# Ferry\n\nLeaves at **9:15**, see the plan.", id="HTML"),
        pytest.param("page", HTML, "Harbour guide", "| Monday | 9:15 |", id="HTML by its first bytes"),
    ],
)
def test_a_file_says_its_text_and_a_title(name: str, data: bytes, title: str, says: str) -> None:
    found = extract(name, data)

    assert found.title == title
    assert says in found.text


def test_of_html_nobody_reads_scripts_styles_and_addresses() -> None:
    text = extract("page.html", HTML).text

    assert not [word for word in ("alert", "color", "example.org") if word in text]


def test_source_with_fences_in_it_stands_in_a_longer_one() -> None:
    text = extract("a.py", b'"""\n```\ncode\n```\n"""').text

    assert text.startswith("````python\n")
    assert text.endswith("\n````")


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        pytest.param("empty.md", b"", "is empty", id="empty"),
        pytest.param("blank.py", b"\n \n", "is empty", id="blank"),
        pytest.param("cut.pdf", pdf("The ferry")[:200], "is damaged", id="damaged PDF"),
        pytest.param("scan.pdf", pdf(""), "may be pictures", id="PDF without text"),
        pytest.param("odd.docx", b"PK no zip", "is damaged", id="damaged DOCX"),
        pytest.param("deep.html", b"<div>" * 5000 + b"x", "nested", id="deep HTML"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        extract(name, data)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", bytes(range(1, 256)) * 4], ids=["PNG", "noise"])
def test_what_was_never_text_is_told_apart(data: bytes) -> None:
    with pytest.raises(NoText):
        extract("picture.dat", data)


def test_a_docx_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("julep_local.files.extract.MOST_BYTES", 5_000)

    with pytest.raises(Unreadable, match="unpacks"):
        extract("bomb.docx", docx("Ferry", "a" * 100_000))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("a.docx", docx_of("<w:p/>" * 300_000), id="DOCX"),
        pytest.param("b.docx", docx_of("<w:p/>" * 300_000, "word/media/image.png"), id="DOCX by another name"),
        pytest.param("a.html", b"<p>" * 300_000, id="HTML"),
    ],
)
def test_more_tags_than_can_be_read_in_seconds_are_refused_before(name: str, data: bytes) -> None:
    with pytest.raises(Unreadable, match=r"has 300,0\d\d tags; at most 200,000"):
        extract(name, data)


@pytest.mark.parametrize(
    ("name", "data"), [("a.docx", docx("Ferry", "a" * 10_000)), ("a.html", b"<html>" + b"a" * 10_000)]
)
def test_more_markup_than_is_read_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, data: bytes) -> None:
    monkeypatch.setattr(module, "MOST_MARKUP_BYTES", 5_000)

    with pytest.raises(Unreadable, match=r"has 1\d,\d\d\d bytes of markup; at most 5,000"):
        extract(name, data)


def test_a_pdf_that_says_more_than_a_doc_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module.MOST_CHARS == check.MOST_DOC_CHARS
    monkeypatch.setattr(module, "MOST_CHARS", 10)

    with pytest.raises(Unreadable, match="more than 10 characters"):
        extract("a.pdf", pdf("The ferry leaves at 9:15"))


def test_a_pdf_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PDF_S", -1.0)

    with pytest.raises(Unreadable, match="0 of 1 pages"):
        extract("a.pdf", pdf("The ferry leaves at 9:15"))


@settings(deadline=None)  # the first of each kind imports what reads it
@given(st.sampled_from(["a.md", "a.py", "a.html", "a.pdf", "a.docx", "a"]), st.binary(max_size=300))
def test_whatever_the_bytes_are_there_is_a_text_or_a_reason(name: str, data: bytes) -> None:
    try:
        found = extract(name, data)
    except Unreadable as error:
        said = str(error)
    else:
        said = found.title
        found.text.encode()
        assert found.text.strip()

    assert said.strip()
