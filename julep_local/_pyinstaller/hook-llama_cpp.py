"""llama.cpp's own libraries, which are opened by their path: each of them once, and without the one for images.

On Linux a wheel has each library under three names, `libggml.so`, `libggml.so.0` and `libggml.so.0.25.3`, and the links
between them were lost. `libllama.so` is opened; PyInstaller finds by itself what that needs, under the second name.
"""

import os
import sys

from PyInstaller.depend.bindepend import get_imports
from PyInstaller.utils.hooks import collect_dynamic_libs


def _name(path: str) -> str:
    return os.path.basename(path).split(".")[0].removeprefix("lib")


def _needed_by(path: str) -> set[str]:
    needed, ahead = set[str](), [path]
    while ahead:
        for _, found in get_imports(ahead.pop()):
            if found is not None and os.path.dirname(found) == os.path.dirname(path) and _name(found) not in needed:
                needed.add(_name(found))
                ahead.append(found)
    return needed


_found = collect_dynamic_libs("llama_cpp")
_left_out = {"mtmd"}
if sys.platform == "linux":
    for source, _ in _found:
        if _name(source) == "llama":
            _left_out |= _needed_by(source)

binaries = [(source, into) for source, into in _found if _name(source) not in _left_out]
excludedimports = ["llama_cpp.mtmd_cpp", "llama_cpp.server"]
