"""Everything that the library imports when it is first wanted, and the weights of the models that are asked for.

Of the embedders the light one goes in, if onnxruntime is installed: PyTorch is 700 MB. A program that wants it names
`julep_local.recall.embeddings.bert` as a hidden import. Models are named in the spec file, as the manifest calls them:

    Analysis(..., hooksconfig={"julep_local": {"models": ["smollm2-135m-instruct", "all-minilm-l6-v2"]}})

Source: https://pyinstaller.org/en/stable/hooks.html
"""

import importlib.util
import os
from typing import Any

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, get_hook_config

from julep_local.llm import catalog

LEFT_OUT = (
    "julep_local._pyinstaller",
    "julep_local.cli",
    "julep_local.demo",
    "julep_local.recall.embeddings.bert",
    "julep_local.recall.embeddings.sentence_transformer",
    "julep_local.server",
    "julep_local.testing",
    "julep_local.transport",
)
"""Not for a program with a window, or too large to go in unasked."""
AT_FIRST_USE = ("tomllib", "tomli", "llama_cpp", "llguidance", "onnxruntime", "tokenizers", "semantic_text_splitter")


def _is_wanted(module: str) -> bool:
    return not any(module == each or module.startswith(f"{each}.") for each in LEFT_OUT)


hiddenimports = [
    *collect_submodules("julep_local", filter=_is_wanted),
    *(package for package in AT_FIRST_USE if importlib.util.find_spec(package) is not None),
]
datas = collect_data_files("julep_local", excludes=["**/*.pyc"])


def hook(hook_api: Any) -> None:
    """Add the models that the spec file names.

    Raises:
        SystemExit: one is not known, or not installed.
    """
    added: list[tuple[str, str]] = []
    manifest = catalog.manifest_file()
    added.append((str(manifest), os.path.join("julep_local", "models")))
    for name in get_hook_config(hook_api, "julep_local", "models") or ():
        entry = catalog.entry_of(name)
        file = None if entry is None else catalog.locate(entry)
        if entry is None or file is None:
            how = "it is not in the manifest" if entry is None else f"it is not installed: {entry.how_to_install}"
            raise SystemExit(f"the model {name!r} cannot be put into the program: {how}")
        package = entry.package.replace("-", "_")
        into = os.path.join(package, os.path.dirname(entry.file))
        if entry.kind == "embedding":
            added += [
                (str(each), os.path.join(into, os.path.relpath(each.parent, file.parent)))
                for each in file.parent.rglob("*")
                if each.is_file() and (each.suffix == ".json" or each.suffix == ".txt" or each == file)
            ]
        else:
            added.append((str(file), into))
    hook_api.add_datas(added)
