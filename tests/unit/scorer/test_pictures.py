"""Pictures beside texts. Run with `pytest tests/unit/scorer/test_pictures.py`.

The vectors are made for the purpose: posters in one of two colours, on films whose titles say
nothing. Users keep to one colour. No trained image model is used.
"""

import asyncio
import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from transformers import ViTConfig, ViTImageProcessorPil, ViTModel
from typer.testing import CliRunner

from shelftalker.cli import app
from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.data.pictures import Pictures
from shelftalker.errors import DataError, InputError
from shelftalker.learning.fit import fit
from shelftalker.page.redraw import Parts
from shelftalker.recommender import Recommender
from shelftalker.scorer.encoder import SentenceEncoder
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.workspace import Workspace

FILMS, DIM = 24, 6
IDS = [f"f{n}" for n in range(FILMS)]
RED, BLUE = np.eye(DIM)[:2]


def is_red(item_id: str) -> bool:
    return int(item_id[1:]) % 2 == 0


def vectors(seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 0.1, (FILMS, DIM))
    return 5 * (np.array([RED if is_red(item) else BLUE for item in IDS]) + noise)


def catalog(pictures: Pictures | None) -> Catalog:
    plain = Catalog.of(
        Item(item, f"Film {n:02}", image=f"x/{item}.png") for n, item in enumerate(IDS)
    )
    return Catalog(plain.frame, pictures=pictures)


def log() -> list[Event]:
    """Sixty users; the last four films are taken by nobody."""
    rng = np.random.default_rng(1)
    taken = [
        (user, rng.choice([i for i in IDS[:-4] if is_red(i) == bool(user % 2)], 5, replace=False))
        for user in range(60)
    ]
    return [
        Event(f"u{user}", item, "like", time=float(n))
        for user, items in taken
        for n, item in enumerate(items)
    ]


def fitted(pictures: Pictures | None, encoder: SentenceEncoder) -> TwoTowerScorer:
    settings = Training(dim=8, epochs=2)
    return TwoTowerScorer.fit(catalog(pictures), log(), encoder, settings=settings)


@pytest.fixture(scope="module")
def pictured(encoder: SentenceEncoder) -> TwoTowerScorer:
    return fitted(Pictures.of(IDS, vectors(), "paint"), encoder)


def new_ones(scorer: TwoTowerScorer, colour: bool) -> float:
    """How much higher the new films of a colour are than the others, after a history of it."""
    history = [Event("me", item, "like") for item in IDS[:8] if is_red(item) == colour]
    logits = scorer.logits([history], items=IDS[-4:])[0]
    own = np.array([is_red(item) == colour for item in IDS[-4:]])
    return float(logits[own].min() - logits[~own].max())


def test_a_new_item_is_known_by_its_picture(
    pictured: TwoTowerScorer, encoder: SentenceEncoder
) -> None:
    assert min(new_ones(pictured, colour) for colour in (True, False)) > 0
    blind = fitted(None, encoder)
    assert min(new_ones(blind, colour) for colour in (True, False)) < 0


def test_a_picture_asks_for_pictures_like_it(pictured: TwoTowerScorer) -> None:
    added = pictured.like_picture(RED)
    red = np.array([is_red(item) for item in IDS])
    assert added[red].min() > added[~red].max()
    with pytest.raises(InputError, match="6 dimensions"):
        pictured.like_picture(np.ones(3))


def test_an_item_without_a_picture_has_the_mean_one(encoder: SentenceEncoder) -> None:
    """So its likeness to others is that of the texts."""
    some = fitted(Pictures.of(IDS[1:], vectors()[1:]), encoder)
    tail = some.side.centred[0, encoder.dim :]
    assert np.abs(tail).max() < 1e-5
    assert np.linalg.norm(some.side.centred[1, encoder.dim :]) > 0.3


def test_a_request_in_words_is_compared_with_texts_alone(
    pictured: TwoTowerScorer, encoder: SentenceEncoder
) -> None:
    [asked] = pictured.logits([[]], ["Film 07"])
    texts = encoder.encode([item.embedding_text() for item in pictured.catalog])
    expected = texts @ encoder.encode(["Film 07"])[0]
    assert np.corrcoef(asked, expected)[0, 1] > 0.999


def test_a_scorer_goes_on_without_the_pictures_it_was_fitted_on(
    pictured: TwoTowerScorer, tmp_path: Path
) -> None:
    pictured.save(tmp_path)
    loaded = TwoTowerScorer.load(tmp_path, catalog(None), pictured.encoder)
    assert loaded.side.text.shape == pictured.side.text.shape
    assert np.isfinite(loaded.logits([[Event("me", "f0", "like")]])).all()


@pytest.mark.parametrize("suffix", [".npy", ".parquet", ".jsonl", ".csv"])
def test_vectors_are_read_from_arrays_and_tables(suffix: str, tmp_path: Path) -> None:
    file, frame = tmp_path / f"v{suffix}", pl.DataFrame({"id": IDS, "look": vectors().tolist()})
    if suffix == ".npy":
        np.save(file, vectors())
    elif suffix == ".parquet":
        frame.write_parquet(file)
    elif suffix == ".jsonl":
        frame.write_ndjson(file)
    else:
        frame.with_columns(look=pl.Series(map(json.dumps, vectors().tolist()))).write_csv(file)
    read = Pictures.read(file, IDS, "look")
    rows = read.rows(IDS)
    unit = vectors() / np.linalg.norm(vectors(), axis=1, keepdims=True)
    np.testing.assert_allclose(read.vectors[rows], unit, atol=1e-5)


def test_bad_files_and_empty_rows(tmp_path: Path) -> None:
    np.save(tmp_path / "short.npy", vectors()[:3])
    with pytest.raises(DataError, match="24 items"):
        Pictures.read(tmp_path / "short.npy", IDS)
    with pytest.raises(DataError, match=r"\.npy file with one row per item"):
        Pictures.read(tmp_path / "vectors.txt", IDS)
    gaps = vectors()
    gaps[0], gaps[1] = 0, np.nan
    assert Pictures.of(IDS, gaps).rows(IDS[:3]).tolist() == [-1, -1, 0]


def test_from_files_to_a_request_by_a_picture(tmp_path: Path) -> None:
    """The whole way, with an untrained image model: the picture itself is what is most like it."""
    model, posters = tmp_path / "vit", tmp_path / "posters"
    config = ViTConfig(hidden_size=16, intermediate_size=16, num_hidden_layers=1,
                       num_attention_heads=2, image_size=16, patch_size=8)  # fmt: skip
    ViTModel(config).save_pretrained(model)
    ViTImageProcessorPil(size={"height": 16, "width": 16}).save_pretrained(model)
    posters.mkdir()
    rng = np.random.default_rng(0)
    for item in IDS[:10]:
        pixels = rng.integers(0, 256, (16, 16, 3), np.uint8)
        Image.fromarray(pixels).save(posters / f"{item}.png")
    with Workspace.create(tmp_path / "shop", default_domain="films") as workspace:
        workspace.add_domain("films")
        workspace.write_catalog("films", catalog(None))
        workspace.events.extend("films", log())
    asked = ["pictures", str(tmp_path / "shop"), "--json", "--encoder", str(model), "--images"]
    run = CliRunner().invoke(app, [*asked, str(posters)])
    assert json.loads(run.stdout)["pictures"] == 10
    with Workspace.open(tmp_path / "shop") as workspace:
        fit(workspace, "films")
    with Recommender.open(tmp_path / "shop", engine="none") as recommender:
        for item in IDS[:3]:
            [best] = recommender.shortlist("new", n=1, picture=posters / f"{item}.png")
            assert best.item_id == item
        with pytest.raises(InputError, match="no picture that can be read"):
            recommender.shortlist("new", picture=tmp_path / "shop" / "workspace.toml")
        uploaded = Path(shutil.copy(posters / "f2.png", tmp_path))
        drawn = asyncio.run(uploads(recommender, uploaded))
        assert drawn["sees"]
        assert "Film 02" in drawn["latest"]
        assert not uploaded.exists()


async def uploads(recommender: Recommender, file: Path) -> Parts:
    """What the chat page shows after a picture was uploaded."""
    from shelftalker.page.blocks import blocks  # loads gradio
    from shelftalker.page.controller import PageController

    controller = PageController(recommender)
    conversation = controller.assistant.begin()
    drawn = await controller.draw(conversation)
    async for parts in controller.show(conversation, str(file)):
        drawn |= parts
    handlers = blocks(recommender).fns.values()
    assert any(event == "upload" for own in handlers for _, event in own.targets)
    return drawn
