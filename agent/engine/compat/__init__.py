"""Where this project depends on internals of other libraries, and a check at start that they fit.

All patches of other libraries live in this package, one module per library. `patches.yaml` lists
what each needs. Where upstream has mended the cause, a test in `test_compat_upstream.py` fails, and
the patch can be deleted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from inspect import signature
from operator import attrgetter
from pathlib import Path
from typing import Any

from shelftalker.errors import EngineError
from shelftalker.language.yaml_file import read_yaml

VERSIONS = {
    "torch": ">=2.11,<3",
    "transformers": ">=5.17,<6",
    "peft": ">=0.18,<0.22",
    "vllm": ">=0.25,<0.33",
    "openvino": ">=2026.4,<2026.5",
    "accelerate": ">=1.10,<2",
    "bitsandbytes": ">=0.48,<0.51",
}
"""The tested versions of each library, as pip writes them."""

LOCAL, OPENVINO, VLLM, TRAINING = "transformers", "openvino", "vllm", "training"
SERVER = "server"
_USES = {
    LOCAL: ("torch", "transformers", "peft"),
    OPENVINO: ("openvino",),
    VLLM: ("torch", "transformers", "vllm"),
    SERVER: ("torch", "transformers", "vllm"),
    TRAINING: ("torch", "transformers", "peft", "accelerate", "bitsandbytes"),
}


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch, or one use of internals, as `patches.yaml` explains it.

    `needs`: "module:attribute" → the parameters that it must take, in this order ("": it only has
    to exist).
    """

    what: str
    why: str
    library: str
    users: Sequence[str]
    needs: Mapping[str, str]
    issue: str = ""

    def probe(self) -> str | None:
        """What does not fit, None where everything does."""
        for path, parameters in self.needs.items():
            try:
                target = _resolve(path)
            except (ImportError, AttributeError):
                return f"{path} is missing"
            wanted = parameters.split()
            if wanted and wanted != [n for n in signature(target).parameters if n in wanted]:
                return f"{path} does not take {parameters}"
        return None


def check_libraries(user: str) -> None:
    """Raises `EngineError` where a library that `user` (`LOCAL`, `OPENVINO`, `VLLM`, `SERVER` or
    `TRAINING`) needs has an untested version, or other internals than expected."""
    if problems := list(_problems(user)):
        raise EngineError(
            f"{'; '.join(text for _, text in problems)}; run: pip install "
            + " ".join(f"'{_package(name)}{VERSIONS[name]}'" for name in dict(problems))
        )


def _problems(user: str) -> Iterator[tuple[str, str]]:
    from packaging.specifiers import SpecifierSet

    for library in _USES[user]:
        if find_spec(library) is None:
            continue
        installed = version(_package(library))
        if not SpecifierSet(VERSIONS[library]).contains(installed, prereleases=True):
            yield library, f"{library} {installed} is not supported, {VERSIONS[library]} is"
            continue  # its internals may well differ
        for patch in PATCHES:
            if patch.library == library and user in patch.users and (text := patch.probe()):
                needed = f"needed for: {patch.what}"
                yield library, f"{library} {installed} does not fit ({text}, {needed})"


def _package(library: str) -> str:
    """The name under which pip knows an installed library: vLLM for CPUs has its own."""
    try:
        version(library)
    except PackageNotFoundError:
        return f"{library}-cpu"
    return library


def _resolve(path: str) -> Any:
    module, _, name = path.partition(":")
    return attrgetter(name)(import_module(module))


PATCHES = tuple(Patch(**one) for one in read_yaml(Path(__file__).parent / "patches.yaml"))
