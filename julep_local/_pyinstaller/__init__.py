"""What PyInstaller is told of this library: the entry point `pyinstaller40` leads it here. Nothing else imports it."""

import os


def get_hook_dirs() -> list[str]:
    """Return the folder with the hooks."""
    return [os.path.dirname(os.path.abspath(__file__))]
