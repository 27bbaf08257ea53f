"""Open a file, a folder or an archive without trusting its size, its encoding or its content."""

from __future__ import annotations

import gzip
import lzma
import math
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

import yaml
from yaml import Node

from evals.imports.rows import InvalidCell, OverLimit, Unreadable, abbreviate, printable
from evals.imports.tables import Record, records
from evals.untrusted.json_text import JsonLimits, LimitExceeded, load_json
from evals.untrusted.yaml_text import YamlLimits, check_yaml

MAX_BYTES = 512 * 2**20  # of all files together, unpacked
MAX_DOCUMENT = 64 * 2**20  # of a file that is read as a whole
MAX_LINE = 8 * 2**20
MAX_FILES = 20_000
JSON_LIMITS = JsonLimits(depth=100, values=2**24)
YAML_LIMITS = YamlLimits()
WATCH_STEP = 2**16
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
SYSTEM_FOLDERS, SYSTEM_FILES = ("__MACOSX",), (".DS_Store", "Thumbs.db", "desktop.ini")
"""What operating systems add to folders and archives."""
NOT_UNPACKED = (
    *(OSError, EOFError, RuntimeError, NotImplementedError, ValueError, KeyError, struct.error),
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile),
)
"""What damaged files raise when they are opened or unpacked."""
NOT_CONSTRUCTED = (
    *(yaml.YAMLError, ValueError, OverflowError, TypeError, AttributeError, KeyError, RecursionError),
)

Watch = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a bundle."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


class Bundle:
    """The files of one import, with a limit on everything that is read from them.

    Text is decoded as UTF-8; other bytes become surrogates, so that only the cell with them is rejected.
    """

    def __init__(self, path: Path, *, watch: Watch | None = None) -> None:
        self.path = path
        self.parts = [part for part in _parts(path) if not _of_the_system(part.name)]
        self._left = MAX_BYTES
        self._kept: tuple[str, Any] | None = None
        self._watch = watch or (lambda read: None)
        self._unreported = 0  # bytes read since the last call of the watch

    @property
    def size(self) -> int:
        """The number of bytes to read, as far as the files state it."""
        return sum(part.size for part in self.parts)

    def named(self, *endings: str) -> list[Part]:
        """Return the files whose name, without .gz, has one of the endings, sorted by name."""
        return [part for part in self.parts if part.name.lower().removesuffix(".gz").endswith(endings)]

    def lines(self, part: Part) -> Iterator[tuple[int, str]]:
        """Yield the lines of a file with their numbers. Raises Unreadable."""
        with _as_unreadable(part), _unpacked(part) as file:
            for line_number, raw in enumerate(iter(lambda: file.readline(MAX_LINE + 1), b""), start=1):
                if len(raw) > MAX_LINE:
                    raise Unreadable(f"{part.name}: line {line_number} is longer than {MAX_LINE:,} bytes.")
                self._spend(part, len(raw))
                yield line_number, _decoded(part, raw, first=line_number == 1)

    def text(self, part: Part, *, limit: int = MAX_DOCUMENT) -> str:
        """Return a whole file as text. Raises Unreadable."""
        with _as_unreadable(part), _unpacked(part) as file:
            raw = file.read(limit + 1)
        if len(raw) > limit:
            raise Unreadable(f"{part.name} is larger than {limit:,} bytes; give it in parts.")
        self._spend(part, len(raw))
        return _decoded(part, raw, first=True)

    def json(self, part: Part) -> Any:
        """Return the content of a JSON file; the last is cached for other formats. Raises Unreadable."""
        if self._kept is None or self._kept[0] != part.name:
            try:
                self._kept = (part.name, loads(self.text(part)))
            except ValueError as error:
                raise Unreadable(f"{part.name} is no JSON: {error}") from None
        return self._kept[1]

    def readable_json(self, *endings: str) -> Iterator[tuple[Part, Any]]:
        """Yield the content of every JSON file that can be read."""
        for part in self.named(*endings):
            try:
                yield part, self.json(part)
            except OverLimit:
                raise
            except Unreadable:
                continue

    def yaml(self, part: Part) -> Node | None:
        """Return the root node of a YAML file, with its lines. Raises Unreadable."""
        try:
            return _composed(self.text(part, limit=YAML_LIMITS.characters))
        except ValueError as error:
            raise _no_yaml(part, error) from None

    def yaml_list(self, part: Part) -> Iterator[tuple[int, Node | InvalidCell]]:
        """Yield the entries of a YAML list with their lines; a broken one as an error. Raises Unreadable."""
        content = self.text(part, limit=YAML_LIMITS.characters)
        try:
            root = _composed(content)
        except ValueError as error:
            entries = list(_separate_entries(content))
            if not any(isinstance(entry, Node) for _, entry in entries):
                raise _no_yaml(part, error) from None
            yield from entries
            return
        if isinstance(root, yaml.SequenceNode):
            yield from ((node.start_mark.line + 1, node) for node in root.value)

    def table(self, part: Part) -> Iterator[Record]:
        """Yield the rows of a CSV file with their lines; see `tables.records`. Raises Unreadable."""
        return records(self.lines(part), part.name)

    def _spend(self, part: Part, read: int) -> None:
        self._left -= read
        if self._left < 0:
            raise OverLimit(f"{part.name}: more than {MAX_BYTES:,} bytes are unpacked; that is not read.")
        self._unreported += read
        if self._unreported >= WATCH_STEP:
            self._watch(self._unreported)
            self._unreported = 0


def loads(content: str) -> Any:
    """Parse JSON; NaN and too large numbers become floats that `rows.number` rejects. Raises ValueError."""
    return load_json(content, JSON_LIMITS, parse_int=_integer)


def utf8(content: str) -> str:
    """Return a line if it was UTF-8. Raises InvalidCell."""
    if not content.isascii():
        try:
            content.encode()
        except UnicodeEncodeError:
            raise InvalidCell("is not UTF-8 text") from None
    return content


def constructed(node: Node | InvalidCell) -> Any:
    """Return the content of a YAML node as plain types. Raises InvalidCell."""
    if isinstance(node, InvalidCell):
        raise node
    try:
        return yaml.constructor.SafeConstructor().construct_document(node)
    except NOT_CONSTRUCTED as error:
        problem = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidCell(f"holds a value that is not valid ({printable(problem, 120)})") from None


def _no_yaml(part: Part, error: ValueError) -> Unreadable:
    if isinstance(error, LimitExceeded):
        return Unreadable(f"{part.name} is not read: {error}.")
    return Unreadable(f"{part.name} is no YAML: {abbreviate(str(error))}")


def _integer(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:  # more digits than Python converts
        return math.inf


def _composed(content: str) -> Node | None:
    """Compose YAML. Raises ValueError if it is none, or over a limit."""
    try:
        content.encode()
        check_yaml(content, YAML_LIMITS)
        return yaml.compose(content, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _separate_entries(content: str) -> Iterator[tuple[int, Node | InvalidCell]]:
    """Compose each entry of a list by itself: from a line that starts with "- " to the next."""
    lines = content.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if line.startswith("- ")]
    for start, end in pairwise([*starts, len(lines)]):
        try:
            root = _composed("".join(lines[start:end]))
        except ValueError as error:
            problem = "is over a limit" if isinstance(error, LimitExceeded) else "is no YAML"
            yield start + 1, InvalidCell(f"{problem}: {printable(str(error).splitlines()[0], 120)}")
        else:
            if isinstance(root, yaml.SequenceNode):
                yield from ((start + 1, node) for node in root.value)


def _of_the_system(name: str) -> bool:
    path = PurePosixPath(name)
    folders = any(folder in path.parts for folder in SYSTEM_FOLDERS)
    return folders or path.name in SYSTEM_FILES or path.name.startswith("._")


def _parts(path: Path) -> Iterator[Part]:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink())
        if len(files) > MAX_FILES:
            raise Unreadable(f"{path.name} holds {len(files)} files; at most {MAX_FILES} are read.")
        for file in files:
            yield Part(str(file.relative_to(path)), file.stat().st_size, _opener(file))
    elif path.suffix.lower() == ".zip":
        yield from _archived(path)
    elif path.is_file():
        yield Part(path.name, path.stat().st_size, _opener(path))
    else:
        raise Unreadable(f"There is no file {path.name}.")


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _archived(path: Path) -> Iterator[Part]:
    try:
        archive = zipfile.ZipFile(path)
    except NOT_UNPACKED as error:
        raise Unreadable(f"{path.name} is no archive that can be read: {error}") from None
    entries = sorted((e for e in archive.infolist() if not e.is_dir()), key=lambda entry: entry.filename)
    if len(entries) > MAX_FILES:
        raise Unreadable(f"{path.name} holds {len(entries)} files; at most {MAX_FILES} are read.")
    for entry in entries:
        yield Part(entry.filename, entry.file_size, partial(archive.open, entry))


@contextmanager
def _unpacked(part: Part) -> Iterator[IO[bytes]]:
    with part.open() as raw:
        if part.name.lower().endswith(".gz"):
            with gzip.open(raw) as file:
                yield cast("IO[bytes]", file)
        else:
            yield raw


@contextmanager
def _as_unreadable(part: Part) -> Iterator[None]:
    try:
        yield
    except NOT_UNPACKED as error:
        raise Unreadable(f"{part.name} cannot be unpacked: {error}") from None


def _decoded(part: Part, raw: bytes, *, first: bool) -> str:
    if first and raw.startswith(UTF16_MARKS):
        raise Unreadable(f"{part.name} is UTF-16 text; save it as UTF-8.")
    return raw.decode("utf-8-sig" if first else "utf-8", errors="surrogateescape")
