"""`OutputFolder`: the folder or object store that takes a campaign's files, each written whole."""

import posixpath
from pathlib import Path

from shelftalker.errors import InputError
from shelftalker.store.atomic import replace_file


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
