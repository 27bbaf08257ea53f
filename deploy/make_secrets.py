"""Create the passwords of a Compose installation, once: `make_secrets.py FOLDER`; existing files stay.

FOLDER gets one directory for each container that reads secrets: `app`, `postgres`, `valkey`.
SECRET_KEY and POSTGRES_PASSWORD are taken from the environment at the first start, if they are set there.
"""

from __future__ import annotations

import os
import pwd
import secrets
import sys
from pathlib import Path

APP_USER = "lagline"
LENGTH = 48  # bytes of randomness


def main(folder: Path) -> None:
    """Write each missing secret."""
    app, postgres, valkey = (folder / name for name in ("app", "postgres", "valkey"))
    database = write_once(postgres / "password", os.environ.get("POSTGRES_PASSWORD") or random_secret())
    broker = write_once(valkey / "valkey.conf", f"requirepass {random_secret()}").split()[1]
    write_once(app / "SECRET_KEY", os.environ.get("SECRET_KEY") or random_secret())
    write_once(app / "DATABASE_URL", f"postgres://lagline:{database}@postgres/lagline")
    write_once(app / "REDIS_URL", f"redis://:{broker}@valkey:6379/0")
    for path in app.iterdir():
        give_to_app(path)
    # Each volume is mounted in one container only, whose user has another number in every image.
    (valkey / "valkey.conf").chmod(0o444)


def random_secret() -> str:
    """Return a secret that needs no escaping in a URL or a configuration file."""
    return secrets.token_urlsafe(LENGTH)


def write_once(path: Path, content: str) -> str:
    """Write a file that only its owner can read, unless it is there; return what it holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
            file.write(content + "\n")
        draft.rename(path)
    return path.read_text().strip()


def give_to_app(path: Path) -> None:
    """Make the application's user the owner of a file, where there is this user."""
    try:
        user = pwd.getpwnam(APP_USER)
    except KeyError:
        return
    os.chown(path, user.pw_uid, user.pw_gid)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
