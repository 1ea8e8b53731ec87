"""The picture vectors of a domain, kept as `pictures.npz` in its folder."""

from shelftalker.data.pictures import PICTURES_FILE, Pictures
from shelftalker.store.atomic import replacing
from shelftalker.store.workspace import Workspace


def write_pictures(workspace: Workspace, domain: str, pictures: Pictures) -> None:
    """Replace the picture vectors of a domain's items; the next fit uses them."""
    with workspace.locked(domain):
        with replacing(workspace.domain_path(domain) / PICTURES_FILE) as temporary:
            pictures.save(temporary)
        workspace.update_catalog(domain, lambda catalog: catalog)  # services read both again
