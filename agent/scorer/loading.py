"""Load a version of a domain's scorer from a workspace."""

from pathlib import Path

from shelftalker.data.catalog import Catalog
from shelftalker.errors import NotFitted
from shelftalker.scorer.base import Encoder
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.scorer.weights import read_weights
from shelftalker.store.workspace import CATALOG_FILE, Workspace


def load_scorer(
    workspace: Workspace,
    name: str,
    catalog: Catalog | None = None,
    encoder: Encoder | None = None,
    version: str | None = None,
    like: TwoTowerScorer | None = None,
) -> TwoTowerScorer:
    """A version of a domain's scorer with its index; by default the version in service.

    `like` is a loaded scorer of the domain, whose text vectors are used again.
    Raises `NotFitted` where the domain has no scorer, `WorkspaceError` for a damaged one.
    """
    folder = workspace.scorer_path(name)
    if folder is None:
        raise not_fitted(workspace, name)
    if version is not None:
        folder = folder.parent / version
    encoder = encoder or open_encoder(workspace.settings.encoder, workspace.path / "cache")
    catalog = catalog or workspace.catalog(name)
    if like is None:
        cache = workspace.path / "cache" / "arrays"
        scorer = TwoTowerScorer.load(folder, catalog, encoder, cache)
    else:
        scorer = like.rebound(catalog, read_weights(folder, encoder))
    scorer.side = scorer.side.for_many()
    scorer.use_index(folder, workspace.settings.index)
    return scorer


FileStamp = tuple[int, int]


def file_stamp(file: Path) -> FileStamp:
    """Changes whenever the file is replaced: its inode and modification time, (0, 0) without it."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return (0, 0)
    return (status.st_ino, status.st_mtime_ns)


def catalog_stamp(workspace: Workspace, name: str) -> FileStamp:
    """`file_stamp` of a domain's catalogue."""
    return file_stamp(workspace.domain_path(name) / CATALOG_FILE)


def not_fitted(workspace: Workspace, name: str) -> NotFitted:
    """The error for a domain without a scorer."""
    return NotFitted(
        f"domain {name!r} has no trained scorer; run: "
        f"shelftalker fit {workspace.path} --domain {name}"
    )
