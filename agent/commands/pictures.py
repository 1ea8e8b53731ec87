"""The command for the items' pictures: pictures DIR --vectors FILE, or --encoder NAME."""

from pathlib import Path
from typing import Annotated

import typer

from shelftalker.commands import terminal
from shelftalker.errors import InputError

commands = typer.Typer()


@commands.command()
def pictures(
    directory: terminal.Dir,
    domain: terminal.DomainOption = None,
    vectors: Annotated[
        Path | None, typer.Option(help="A file of vectors: .npy or a table.")
    ] = None,
    column: Annotated[str, typer.Option(help="That column of the table.")] = "vector",
    encoder: Annotated[str | None, typer.Option(help="A Hugging Face image model instead.")] = None,
    images: Annotated[Path | None, typer.Option(help="The folder of files to encode.")] = None,
    as_json: terminal.Json = False,
) -> None:
    """Give the items picture vectors, which the next fit uses beside the texts."""
    from shelftalker.data.pictures import Pictures
    from shelftalker.serving.domain_store import DomainStore
    from shelftalker.store.workspace import Workspace

    if (vectors is None) == (encoder is None) or (encoder is None) != (images is None):
        raise InputError("give either --vectors FILE, or --encoder NAME with --images FOLDER")
    with Workspace.open(directory) as workspace:
        name = DomainStore(workspace).name(domain)
        catalog = workspace.catalog(name)
        if vectors is not None:
            read = Pictures.read(vectors, catalog.ids, column)
        else:
            from shelftalker.scorer.picture_encoder import encoded_pictures

            with terminal.bar("encoding") as progress:
                read = encoded_pictures(catalog, str(encoder), Path(str(images)), progress)
        workspace.write_pictures(name, read)
    counts = {"items": len(catalog), "pictures": len(read.ids), "dim": read.vectors.shape[1]}
    terminal.report({**counts, "next": f"shelftalker fit {directory} --domain {name}"}, as_json)
