"""Open what was given, a file, a folder or an archive, trusting neither its size nor its encoding."""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, NoReturn, cast

import yaml

from evals.imports.rows import Unreadable, abbreviate

MAX_BYTES = 512 * 2**20  # of all files together, unpacked
MAX_DOCUMENT = 64 * 2**20  # of a file that is read as a whole
MAX_YAML = 8 * 2**20
MAX_LINE = 8 * 2**20
MAX_FILES = 20_000
MAX_ALIASES = 50
MAX_DEPTH = 100
SAID_EACH = 2**16

Watch = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of what was given."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


class Bundle:
    """The files that were given, with a limit on all that is ever read of them."""

    def __init__(self, path: Path, *, watch: Watch | None = None) -> None:
        self.path = path
        self.parts = list(_parts(path))
        self._left = MAX_BYTES
        self._kept: tuple[str, Any] | None = None
        self._watch = watch or (lambda read: None)
        self._unsaid = 0  # bytes that were read since the watch was last told

    @property
    def size(self) -> int:
        """The bytes that are to be read, as far as the files say it."""
        return sum(part.size for part in self.parts)

    def named(self, *endings: str) -> list[Part]:
        """Return the files whose name, without .gz, has one of the endings, sorted by name."""
        return [part for part in self.parts if part.name.lower().removesuffix(".gz").endswith(endings)]

    def lines(self, part: Part) -> Iterator[tuple[int, str]]:
        """Give the lines of a file with their numbers; none is longer than the limit."""
        with _reporting(part), _unpacked(part) as file:
            for line_number, raw in enumerate(iter(lambda: file.readline(MAX_LINE + 1), b""), start=1):
                if len(raw) > MAX_LINE:
                    raise Unreadable(f"{part.name}: line {line_number} is longer than {MAX_LINE:,} bytes.")
                self._spend(part, len(raw))
                yield line_number, _decoded(part, raw, first=line_number == 1)

    def text(self, part: Part, *, limit: int = MAX_DOCUMENT) -> str:
        """Return a whole file as text."""
        with _reporting(part), _unpacked(part) as file:
            raw = file.read(limit + 1)
        if len(raw) > limit:
            raise Unreadable(f"{part.name} is larger than {limit:,} bytes; give it in parts.")
        self._spend(part, len(raw))
        return _decoded(part, raw, first=True)

    def json(self, part: Part) -> Any:
        """Return a JSON file's content; the last one is kept, for several formats may ask for it."""
        if self._kept is None or self._kept[0] != part.name:
            try:
                self._kept = (part.name, loads(self.text(part)))
            except ValueError as error:
                raise Unreadable(f"{part.name} is no JSON: {error}") from None
        return self._kept[1]

    def yaml(self, part: Part) -> yaml.Node | None:
        """Return the root node of a YAML file, which knows its lines."""
        text = self.text(part, limit=MAX_YAML)
        try:
            _check_events(part, text)
            return yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.YAMLError as error:
            raise Unreadable(f"{part.name} is no YAML: {abbreviate(str(error))}") from None

    def table(self, part: Part) -> Iterator[tuple[int, dict[str, str]]]:
        """Give the rows of a CSV file by their header, with their lines; a cell too many stands under ''."""
        reader = csv.DictReader((line for _, line in self.lines(part)), restkey="", restval="")
        try:
            for cells in reader:
                yield reader.line_num, cells
        except csv.Error as error:
            raise Unreadable(f"{part.name}:{reader.line_num} is no CSV: {error}") from None

    def _spend(self, part: Part, read: int) -> None:
        self._left -= read
        if self._left < 0:
            raise Unreadable(f"{part.name}: more than {MAX_BYTES:,} bytes are unpacked; that is not read.")
        self._unsaid += read
        if self._unsaid >= SAID_EACH:
            self._watch(self._unsaid)
            self._unsaid = 0


def loads(content: str) -> Any:
    """Read JSON that holds no NaN, no infinity and no depth that is out of reason."""
    try:
        return json.loads(content, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def constructed(node: yaml.Node) -> Any:
    """Return what a YAML node says, in plain types."""
    return yaml.constructor.SafeConstructor().construct_document(node)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _check_events(part: Part, content: str) -> None:
    """Refuse YAML that grows by aliases, or is nested out of reason, before anything is made of it."""
    aliases = depth = 0
    for event in yaml.parse(content, Loader=yaml.CSafeLoader):
        aliases += isinstance(event, yaml.AliasEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if aliases > MAX_ALIASES or depth > MAX_DEPTH:
            raise Unreadable(f"{part.name} has more aliases or levels than any list of results needs.")


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
    except (zipfile.BadZipFile, OSError) as error:
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
def _reporting(part: Part) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise Unreadable(f"{part.name} cannot be unpacked: {error}") from None


def _decoded(part: Part, raw: bytes, *, first: bool) -> str:
    try:
        return raw.decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{part.name} is not UTF-8 text (byte {error.start} of a line is not).") from None
