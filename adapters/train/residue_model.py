"""The verifier's model of the residue in training; `writing/verifier/residue.py` serves it."""

from collections.abc import Sequence
from typing import Any

from shelftalker.writing.verifier.residue import FROZEN, MAX_TOKENS, Masked, shown_tokens


class TrainableResidue:
    """MiniLM with low-rank changes in its upper layers, an embedding that marks what is shown, and
    a head; `writing/verifier/residue.py` has the same for serving."""

    def __init__(self, encoder: Any, tokenizer: Any) -> None:
        import torch

        dim = encoder.config.hidden_size
        self.encoder, self.tokenizer = encoder, tokenizer
        self.head = torch.nn.Linear(dim, 1)
        self.mark = torch.nn.Embedding(2, dim)
        torch.nn.init.zeros_(self.mark.weight)

    def lower(
        self, sentences: Sequence[Masked]
    ) -> tuple[Any, Any, Any, list[list[tuple[int, int]]]]:
        """States before the layers that are trained, float32 [sentences, tokens, dim]; the mask;
        which tokens are shown, int64 [sentences, tokens]; each token's span in its text."""
        import torch

        batch = self.tokenizer(
            [s.text for s in sentences], truncation=True, max_length=MAX_TOKENS, padding=True,
            return_tensors="pt", return_offsets_mapping=True,
        )  # fmt: skip
        spans = [[(a, b) for a, b in row] for row in batch["offset_mapping"].tolist()]
        shown = [shown_tokens(row, s) for row, s in zip(spans, sentences, strict=True)]
        states = self.encoder.embeddings(input_ids=batch["input_ids"])
        mask = batch["attention_mask"].float()
        return self._through(states, mask, 0, FROZEN), mask, torch.tensor(shown), spans

    def upper(self, states: Any, mask: Any, shown: Any) -> Any:
        """Ratings, float32 [sentences, tokens], from what `lower` gives."""
        states = self._through(states + self.mark(shown), mask, FROZEN, None)
        return self.head(states)[..., 0]

    def _through(self, states: Any, mask: Any, first: int, end: int | None) -> Any:
        bias = (1.0 - mask[:, None, None, :]) * -1e9
        for layer in self.encoder.encoder.layer[first:end]:
            states = layer(states, bias)
        return states
