"""Keep the service's own files private: directories 0700, files 0600."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

log = logging.getLogger(__name__)

OTHERS = stat.S_IRWXG | stat.S_IRWXO
PRIVATE_UMASK = OTHERS
OWN_NAMES = ("*.sqlite3*", "secret_key", "valkey*", "journals", "files", "fresh", "logs", "worker-keys")


def start_private(*, data_dir: Path, also: Iterable[Path]) -> None:
    """Begin a process of the service: its new files are private, and so become the old ones."""
    os.umask(PRIVATE_UMASK)
    close_to_others(data_dir, also=also)


def make_private_directory(path: Path) -> None:
    """Create a directory with mode 0700; of one that is there, take the access of others away."""
    path.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
    if path.stat().st_mode & stat.S_ISVTX:
        log.warning("%s is shared with other users; set DATA_DIR to a directory of its own.", path)
    elif _close(path):
        log.warning("%s was open to other users; its mode is 0700 now.", path)


def create_private_file(path: Path) -> None:
    """Create an empty file with mode 0600 if it is missing and its directory is there."""
    if path.parent.is_dir() and not path.exists():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, stat.S_IRUSR | stat.S_IWUSR))


def close_to_others(data_dir: Path, *, also: Iterable[Path] = ()) -> int:
    """Take the access of others to the service's files away, and log how many were open."""
    places = {path for name in OWN_NAMES for path in data_dir.glob(name)} | set(also)
    closed = sum(_close(path) for place in places for path in _with_content(place))
    if closed:
        log.warning("%d files and directories in %s were open to other users; closed now.", closed, data_dir)
    return closed


def _with_content(place: Path) -> Iterator[Path]:
    yield place
    for folder, folders, files in os.walk(place):
        yield from (Path(folder, name) for name in folders + files)


def _close(path: Path) -> bool:
    """Remove the permissions of group and others; return whether there were any to remove."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode) or not mode & OTHERS:
            return False
        path.chmod(stat.S_IMODE(mode) & ~OTHERS)
    except FileNotFoundError:  # another process has removed it
        return False
    except OSError as problem:
        log.warning("%s is open to other users, and cannot be closed: %s.", path, problem.strerror)
        return False
    return True
