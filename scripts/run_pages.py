"""Run the commands of a page of the documentation in order, and hold what they print to the page.

A reader can type what stands on these pages and sees what they show. A page is run in an empty
folder that has the ``data`` and ``docs`` of the repository:

- ``sh`` blocks are commands, ``python`` blocks one session;
- a ``text`` block right below one of them is what it prints; ``...`` stands for anything;
- a block below a line that ends with the name of a file, ```calls.csv`:``, is that file, and a
  ``toml`` block is added to it, section by section.

``python scripts/run_pages.py`` runs all pages, says where they differ and writes the new output
into blocks without ``...``; with ``--show`` it prints everything, to write a page from.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from typer.testing import CliRunner

from zoning.cli import app

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("tour", "planner", "analyst", "board-staff", "commander")
PAGES = tuple(ROOT / "docs" / f"{name}.md" for name in NAMES)
_BLOCK = re.compile(r"^```(sh|python|text|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^(\[.*?\])\n(.*?)(?=^\[|\Z)", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`([\w./-]+\.\w+)`:\s*\Z")
_PROGRESS = re.compile(r"^\[\d+/\d+\].*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A block of output on a page, with what was printed."""

    start: int
    end: int
    text: str
    printed: str

    @property
    def agrees(self) -> bool:
        """Whether every piece between two ``...`` was printed, in order; wraps do not count."""
        printed = _words(self.printed)
        pieces = [_words(piece) for piece in re.split(r"^ *\.\.\.$", self.text, flags=re.MULTILINE)]
        if len(pieces) == 1:
            return pieces == [printed]
        at = 0
        for k, piece in enumerate(pieces):
            found = printed.find(piece, at)
            if found < 0 or (k == 0 and piece and found > 0):
                return False
            at = found + len(piece)
        return not pieces[-1] or printed.endswith(pieces[-1])


def run_page(page: Path, folder: Path, *, show: bool = False) -> list[Shown]:
    """Run what stands on a page in an empty folder; its blocks of output, in the page's order.

    Raises
    ------
    RuntimeError
        If a command fails whose output the page does not show.
    """
    for name in ("data", "docs"):
        (folder / name).symlink_to(ROOT / name)
    text = page.read_text(encoding="utf-8")
    session: dict[str, Any] = {"__name__": "__page__"}
    shown: list[Shown] = []
    printed, failed, end = "", "", 0
    with contextlib.chdir(folder), mock.patch.dict(os.environ, {"COLUMNS": "88"}):
        for block in _BLOCK.finditer(text):
            kind, body = block.groups()
            file = _FILE.search(text, 0, block.start())
            if file is not None:
                end = block.end()
                _write(folder / file[1], body, add=kind == "toml")
            elif kind == "text" and not text[end : block.start()].strip():
                shown.append(Shown(*block.span(2), body, printed))
                failed = ""
            elif kind in ("sh", "python"):
                if failed:
                    raise RuntimeError(failed)
                printed, status = _shell(body) if kind == "sh" else (_python(body, session), 0)
                failed = f"{page.name}: status {status}\n{body}\n{printed}" if status else ""
                end = block.end()
                if show:
                    print(f"$ {body}{printed}")
    if failed:
        raise RuntimeError(failed)
    return shown


def _words(text: str) -> str:
    return " ".join(text.split())


def _write(path: Path, body: str, *, add: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not add or not path.exists():
        path.write_text(body, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    for section, lines in _SECTION.findall(body):
        header = re.search(rf"^{re.escape(section)}\n", text, re.MULTILINE)
        if header is None or section.startswith("[["):
            text = f"{text.rstrip()}\n\n{section}\n{lines}"
            continue
        end = re.compile(r"^\[", re.MULTILINE).search(text, header.end())
        rest = text[header.end() : end.start() if end else len(text)]
        for key in re.findall(r"^(\w+) =", lines, re.MULTILINE):
            rest = re.sub(rf"^{key} =.*\n", "", rest, flags=re.MULTILINE)
        after = text[end.start() :] if end else ""
        text = text[: header.end()] + lines.rstrip() + "\n" + rest + after
    path.write_text(text, encoding="utf-8")


def _shell(body: str) -> tuple[str, int]:
    printed, status = "", 0
    for line in body.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        if words[0] == "zoning":
            result = CliRunner().invoke(app, words[1:])
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                raise result.exception
            status = result.exit_code
            printed += _PROGRESS.sub("", result.output if status else result.stdout)
            if status:
                break
        else:
            subprocess.run(words, check=True)
    return printed, status


def _python(body: str, session: dict[str, Any]) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(body, "<page>", "exec"), session)
    return out.getvalue()


def main(words: list[str]) -> int:
    """Run the pages named, or all; write new output where it can be written."""
    wrong = 0
    named = [Path(word).resolve() for word in words if word != "--show"]
    for page in named or PAGES:
        with tempfile.TemporaryDirectory() as folder:
            shown = run_page(page, Path(folder), show="--show" in words)
        text = page.read_text(encoding="utf-8")
        for block in reversed(shown):
            if block.agrees:
                continue
            if re.search(r"^ *\.\.\.$", block.text, re.MULTILINE):
                wrong += 1
                print(f"{page.name} shows\n{block.text}\nbut it prints\n{block.printed}")
            else:
                text = text[: block.start] + block.printed.strip("\n") + "\n" + text[block.end :]
        page.write_text(text, encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
