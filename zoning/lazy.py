"""Import names of a package when they are first used, as in SPEC 1 of Scientific Python.

Importing all of zoning takes seconds and hundreds of megabytes, and a command that prints its help
or reads one table needs little of it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


def lazy_names(
    package: str, file: str
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Make ``__getattr__``, ``__dir__`` and ``__all__`` of a package from the stub beside it.

    The stub, ``__init__.pyi``, is what type checkers read. Each of its imports is one
    public name; at run time the name is imported from the same module on first use
    (PEP 562). Submodules are attributes too.

    Parameters
    ----------
    package, file
        ``__name__`` and ``__file__`` of the package.
    """
    stub = ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8"))
    module_of = {
        alias.name: node.module
        for node in stub.body
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }
    names = sorted(module_of)

    def get(name: str) -> Any:
        module = module_of.get(name, package)
        if module != package:
            value = getattr(import_module(module), name)
        else:
            try:
                value = import_module(f"{package}.{name}")
            except ModuleNotFoundError as error:
                if error.name != f"{package}.{name}":
                    raise
                raise AttributeError(f"module {package!r} has no attribute {name!r}") from None
        setattr(sys.modules[package], name, value)
        return value

    def list_names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *names})

    return get, list_names, names
