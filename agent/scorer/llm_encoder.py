"""A decoder LLM as text encoder: the mean of a text's hidden states at a third of the depth.

The lower layers of a decoder represent the text best; the last ones predict the next token. All
its vectors point in one direction (anisotropy), so the mean over some varied texts is subtracted
(Mu and Viswanath, ICLR 2018); without that, a request is about as close to one item as to another.
"""

from typing import Any

SAMPLE_TEXTS = (
    "A slow thriller about a detective who comes back to the town he grew up in.",
    "A comedy in which two families share a house for a summer.",
    "Recipes for soups, breads and desserts, with a photograph of each.",
    "Running shoes with a firm sole, for men, size 43.",
    "A history of the railways, from the first steam engines to today.",
    "Wireless headphones that keep noise out; the battery lasts thirty hours.",
    "An album of quiet piano pieces recorded in a church.",
    "Printer paper, 500 sheets, white.",
    "The minister resigned on Monday after a vote in parliament.",
    "A small restaurant near the harbour, good for fish, closed on Sundays.",
    "something light and funny for tonight",
    "a present for my mother, under 30 dollars",
    "title: The Garden. year: 1998. genres: Drama, Romance",
    "brand: Norden. category: Home & Kitchen. color: black. price: 24.99",
    "Learn to draw in ten weeks, with exercises for beginners.",
    "A game of cards for two to four players from the age of eight.",
)


def open_decoder(source: str) -> Any:
    """A `SentenceTransformer` over the lower layers of a decoder, given by id or folder.

    Raises `OSError` or `ValueError` where the source holds no decoder.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling

    lower = _lower_third(source)
    dim = lower.get_embedding_dimension()
    pooled = SentenceTransformer(modules=[lower, Pooling(dim, "mean")], device="cpu")
    mean = torch.from_numpy(pooled.encode(list(SAMPLE_TEXTS), show_progress_bar=False)).mean(0)
    centring = Dense(
        dim,
        dim,
        activation_function=torch.nn.Identity(),
        init_weight=torch.eye(dim),
        init_bias=-mean,
    )
    return SentenceTransformer(modules=[*pooled, centring], device="cpu")


def _lower_third(source: str) -> Any:
    """The lower third of the layers with the final norm, without which the first token's vector is
    thousands of times longer than the others."""
    from sentence_transformers.sentence_transformer.modules import Transformer
    from transformers import AutoConfig
    from transformers.utils import logging

    depth = AutoConfig.from_pretrained(source).get_text_config().num_hidden_layers
    before = logging.get_verbosity()
    logging.set_verbosity_error()  # silences the warning that upper layers are left out
    try:
        lower = Transformer(
            source,
            config_kwargs={"num_hidden_layers": max(1, depth // 3)},
            model_kwargs={"dtype": "float32"},
        )
    finally:
        logging.set_verbosity(before)
    lower.tokenizer.pad_token = lower.tokenizer.pad_token or lower.tokenizer.eos_token
    return lower
