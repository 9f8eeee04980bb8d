"""What is risky about where a file stands is said by every command that opens it."""

from pathlib import Path

from cli.conftest import CommandLine


def test_a_folder_that_is_copied_to_other_machines_is_warned_of(julep: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "Dropbox").mkdir()
    julep.path = tmp_path / "Dropbox" / "julep.db"

    warned = julep("agents", "add", "Ada")

    assert "careful: " in warned.err
    assert "Dropbox" in warned.err
    assert "name: Ada" in warned.out
