"""What the checks of task 5 use in place of BERT: small, called in the same way, known weights."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

WORDS = ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "a", "bad", "dull", "fine", "good", "not", "very")


class TinyEncoder(nn.Module):
    """Embeds the tokens and mixes them with the mean of those that the mask keeps.

    In training mode its dropout makes the result random, as BERT's would be.
    """

    def __init__(self, vocabulary: int = 12, width: int = 6) -> None:
        super().__init__()
        self.config = SimpleNamespace(hidden_size=width, vocab_size=vocabulary)
        self.embeddings = nn.Embedding(vocabulary, width)
        self.dense = nn.Linear(width, width)
        self.dropout = nn.Dropout(0.5)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, **_: Any
    ) -> SimpleNamespace:
        """(B, T) and (B, T) -> an object with last_hidden_state (B, T, width)."""
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        tokens = self.dropout(self.embeddings(input_ids))
        kept = attention_mask.unsqueeze(2).to(tokens.dtype)
        mean = (tokens * kept).sum(dim=1, keepdim=True) / kept.sum(dim=1, keepdim=True)
        return SimpleNamespace(last_hidden_state=torch.tanh(self.dense(tokens + mean)))


class TinyTokenizer:
    """Splits at spaces. It can be asked in the ways in which those of transformers can."""

    cls_token, sep_token, pad_token, unk_token = "[CLS]", "[SEP]", "[PAD]", "[UNK]"
    cls_token_id, sep_token_id, pad_token_id, unk_token_id = 1, 2, 0, 3
    model_max_length = 512

    def __init__(self, added: int = 0) -> None:
        self._ids = {word: number for number, word in enumerate(WORDS)}
        self.vocab_size = len(self._ids)  # as in transformers: without what was added
        self._ids |= {f"[added{number}]": len(WORDS) + number for number in range(added)}

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def vocab(self) -> dict[str, int]:
        """Every entry and its number."""
        return dict(self._ids)

    def get_vocab(self) -> dict[str, int]:
        """The same, by method."""
        return dict(self._ids)

    def tokenize(self, text: str, **_: Any) -> list[str]:
        """The words of a text, unknown ones marked as such."""
        return [word if word in self._ids else "[UNK]" for word in text.lower().split()]

    def convert_tokens_to_ids(self, tokens: str | list[str]) -> int | list[int]:
        """Numbers of one token or of several."""
        if isinstance(tokens, str):
            return self._ids.get(tokens, self.unk_token_id)
        return [self._ids.get(token, self.unk_token_id) for token in tokens]

    def encode(
        self, text: str, truncation: bool = False, max_length: int | None = None, **_: Any
    ) -> list[int]:
        """[CLS], the numbers of the words, [SEP]; cut to max_length where truncation is on."""
        ids = [self.convert_tokens_to_ids(token) for token in self.tokenize(text)]
        if truncation:
            ids = ids[: (max_length or self.model_max_length) - 2]
        return [self.cls_token_id, *ids, self.sep_token_id]  # type: ignore[list-item]

    def __call__(
        self, text: str | list[str], return_tensors: str | None = None, **told: Any
    ) -> dict[str, Any]:
        """input_ids and attention_mask: of one text or several, as lists or as tensors."""
        many = not isinstance(text, str)
        texts = [text] if isinstance(text, str) else text
        rows = [self.encode(one, **told) for one in texts]
        longest = max(map(len, rows))
        if told.get("padding") == "max_length" and told.get("max_length"):
            longest = told["max_length"]
        masks = [[1] * len(row) + [0] * (longest - len(row)) for row in rows]
        rows = [row + [0] * (longest - len(row)) for row in rows]
        if return_tensors == "pt":
            return _Encoding(input_ids=torch.tensor(rows), attention_mask=torch.tensor(masks))
        if many:
            return _Encoding(input_ids=rows, attention_mask=masks)
        return _Encoding(input_ids=rows[0], attention_mask=masks[0])


class _Encoding(dict[str, Any]):
    """A dict whose entries are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def to(self, device: Any) -> _Encoding:
        """The same on a device."""
        return _Encoding({name: tensor.to(device) for name, tensor in self.items()})
