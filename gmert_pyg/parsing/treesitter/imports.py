"""What imports bind and state, in any language."""

from __future__ import annotations

import posixpath

from gmert_pyg.parsing.treesitter.declarations import Declarations
from gmert_pyg.parsing.treesitter.scopes import Binding


def bind_import(
    found: Declarations, name: str, path: str, exported: bool = False
) -> Binding:
    """Bind a name of the file to what it imports.

    Args:
        found: the first pass.
        name: the name.
        path: the path it stands for.
        exported: whether other files can import the name from this one.
    """
    root = found.file.root
    binding = root.names.setdefault(name, Binding(path, None))
    own = f"{root.qualname}.{name}"
    if exported and own != path:
        found.recorder.aliases.setdefault(own, path)
    return binding


def state_import(
    found: Declarations, source: str, path: str | None, node: int
) -> None:
    """State that the module imports another, and what it takes from it.

    Args:
        found: the first pass.
        source: the module that is imported.
        path: what is taken from it, if it is named.
        node: the evidence.
    """
    if not source:
        return
    span, module = found.tree.span(node), found.file.module
    found.recorder.fact(module, "imports", source, span, "import")
    if path is not None:
        found.recorder.fact(path, "imported_from", source, span, "import")


def file_module(path: str, suffixes: tuple[str, ...], index: str = "") -> str:
    """Return the module name of a path that names a file.

    Folders are joined by slashes; dots, which separate members, become
    underscores.

    Args:
        path: the path, with `/` between folders.
        suffixes: file endings that the name does not have.
        index: the name of files that stand for their folder.
    """
    path = posixpath.normpath(path)
    for suffix in suffixes:
        if path.endswith(suffix):
            path = path[: -len(suffix)]
            break
    folder, _, name = path.rpartition("/")
    if index and name == index and folder:
        path = folder
    return path.replace(".", "_")


def beside(module: str, is_package: bool, path: str) -> str:
    """Return a path relative to the folder of a module's file.

    Args:
        module: the module.
        is_package: whether it stands for the folder that its file is in.
        path: the path from there.
    """
    folder = module if is_package else posixpath.dirname(module)
    return posixpath.normpath(posixpath.join(folder, path))
