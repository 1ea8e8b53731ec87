"""`CampaignPlan`: what a campaign writes, and which of its parts are written already.

The plan is kept beside the parts. The users of a part never change, so a part that is written
twice, as after a worker was thought to be dead, replaces itself: each user has exactly one row.
"""

import json
import posixpath
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from shelftalker.errors import InputError
from shelftalker.store.atomic import replace_file
from shelftalker.types import Style

PLAN, USERS = "campaign.json", "users.txt"


@dataclass(frozen=True, slots=True)
class CampaignSettings:
    """What is written for each user: `k` cards in a style; `language` None: that of the titles in
    each user's history; `part_size`: users of one file."""

    domain: str
    k: int = 3
    style: Style = field(default_factory=Style)
    language: str | None = None
    part_size: int = 250


@dataclass(frozen=True, slots=True)
class CampaignPart:
    """Some users of a campaign, and the name of the file with their rows."""

    name: str
    users: tuple[str, ...]


class CampaignPlan:
    """The users of a campaign in parts, `done` of them in files of `out`."""

    def __init__(
        self, out: "OutputFolder", users: Sequence[str], settings: CampaignSettings
    ) -> None:
        self.out, self.users, self.settings = out, users, settings
        written, size = out.names(), settings.part_size
        self.left = [
            CampaignPart(name, tuple(users[start : start + size]))
            for number, start in enumerate(range(0, len(users), size))
            if (name := f"part-{number:06d}.parquet") not in written
        ]

    @property
    def done(self) -> int:
        """How many users have their row already."""
        return len(self.users) - sum(len(part.users) for part in self.left)

    @classmethod
    def begin(
        cls, address: str, settings: CampaignSettings, users: Sequence[str] | None,
        known: Sequence[str],
    ) -> "CampaignPlan":  # fmt: skip
        """A new plan in an empty place, or the one begun there. `users` None: all of `known`, at
        the time when the campaign begins. Raises `InputError` where another one was begun there."""
        out = OutputFolder(address)
        wanted = json.dumps(asdict(settings), indent=2, ensure_ascii=False)
        if PLAN not in out.names():
            listed = list(dict.fromkeys(known if users is None else users))
            if not listed:
                what = "the campaign has no users; import events, or give a list of users"
                raise InputError(what)
            out.write(USERS, "\n".join(listed).encode())
            out.write(PLAN, wanted.encode())
            return cls(out, listed, settings)
        begun = out.read(USERS).decode().split("\n")
        same = out.read(PLAN).decode() == wanted
        if not same or (users is not None and list(dict.fromkeys(users)) != begun):
            what = "other users" if same else "other options, see campaign.json there"
            raise InputError(
                f"{address} holds a campaign with {what}; repeat its options to go on with it, or "
                "give an empty folder"
            )
        return cls(out, begun, settings)


class OutputFolder:
    """A folder, or an address that fsspec opens, such as `s3://bucket/may`. A file is there whole
    or not at all: a local one is renamed into its place, an object store shows what is complete."""

    def __init__(self, address: str) -> None:
        """Raises `InputError` for an address of an unknown kind."""
        import fsspec

        self._local = "://" not in address
        try:
            self._system, self._place = fsspec.url_to_fs(address, use_listings_cache=False)
            self._system.makedirs(self._place, exist_ok=True)
        except (ImportError, ValueError) as error:
            raise InputError(f"--out {address} cannot be opened: {error}") from None

    def names(self) -> set[str]:
        """The names of the files."""
        return {posixpath.basename(name) for name in self._system.ls(self._place, detail=False)}

    def read(self, name: str) -> bytes:
        """The content of a file."""
        content: bytes = self._system.cat_file(posixpath.join(self._place, name))
        return content

    def write(self, name: str, content: bytes) -> None:
        """Write a file, in place of an older one."""
        place = posixpath.join(self._place, name)
        if self._local:
            replace_file(Path(place), content)
        else:
            self._system.pipe_file(place, content)
