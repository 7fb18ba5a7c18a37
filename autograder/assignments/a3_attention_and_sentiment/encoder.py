"""What the checks of task 5 use in place of BERT: small, called in the same way, known weights."""

from __future__ import annotations

from collections import OrderedDict
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

WORDS = ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "a", "bad", "dull", "fine", "good", "not", "very")


class Config(SimpleNamespace):
    """The sizes of an encoder, under the names that transformers uses."""

    def to_dict(self) -> dict[str, Any]:
        """All of them."""
        return dict(vars(self))


class Encoded(OrderedDict[str, Any]):
    """What an encoder returns: entries by name, by number and as attributes, like ModelOutput."""

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getitem__(name)
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key) if isinstance(key, str) else self.to_tuple()[key]

    def to_tuple(self) -> tuple[Any, ...]:
        """The entries without their names."""
        return tuple(self.values())


class _Embeddings(nn.Module):
    """Words, positions and kinds of token, added and normalised."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.hidden_size
        self.word_embeddings = nn.Embedding(config.vocab_size, width, padding_idx=0)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, width)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, width)
        self.LayerNorm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, words: Tensor, types: Tensor, positions: Tensor) -> Tensor:
        added = words + self.token_type_embeddings(types) + self.position_embeddings(positions)
        found: Tensor = self.dropout(self.LayerNorm(added))
        return found


class _Layer(nn.Module):
    """Mixes each token with the mean of those that the mask keeps."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, tokens: Tensor, kept: Tensor) -> Tensor:
        mean = (tokens * kept).sum(dim=1, keepdim=True) / kept.sum(dim=1, keepdim=True)
        return torch.tanh(self.dense(tokens + mean))


class TinyEncoder(nn.Module):
    """Called as BertModel of transformers is, and built of parts with the same names.

    In training mode its dropout makes the result random, as BERT's would be.
    """

    def __init__(self, vocabulary: int = 12, width: int = 6) -> None:
        super().__init__()
        self.config = Config(
            model_type="bert",
            hidden_size=width,
            vocab_size=vocabulary,
            num_hidden_layers=1,
            num_attention_heads=1,
            max_position_embeddings=512,
            type_vocab_size=2,
            hidden_dropout_prob=0.5,
            pad_token_id=0,
            use_return_dict=True,
        )
        self.embeddings = _Embeddings(self.config)
        self.encoder = nn.ModuleDict({"layer": nn.Sequential(_Layer(self.config))})
        self.pooler = nn.ModuleDict({"dense": nn.Linear(width, width)})

    @property
    def dtype(self) -> torch.dtype:
        """Of the parameters."""
        return self.embeddings.word_embeddings.weight.dtype

    @property
    def device(self) -> torch.device:
        """Of the parameters."""
        return self.embeddings.word_embeddings.weight.device

    def get_input_embeddings(self) -> nn.Embedding:
        """The vectors of the words."""
        return self.embeddings.word_embeddings

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
    ) -> Encoded | tuple[Any, ...]:
        """(B, T) and (B, T) -> last_hidden_state (B, T, width) and pooler_output (B, width)."""
        words = (
            self.embeddings.word_embeddings(input_ids) if inputs_embeds is None else inputs_embeds
        )
        rows, length = words.shape[:2]
        if attention_mask is None:
            attention_mask = torch.ones(rows, length)
        if token_type_ids is None:
            token_type_ids = torch.zeros(rows, length, dtype=torch.int64)
        if position_ids is None:
            position_ids = torch.arange(length).expand(rows, length)
        states = [self.embeddings(words, token_type_ids, position_ids)]
        kept = attention_mask.unsqueeze(2).to(words.dtype)
        states += [layer(states[0], kept) for layer in self.encoder["layer"].children()]
        pooled = torch.tanh(self.pooler["dense"](states[-1][:, 0]))
        found = Encoded(last_hidden_state=states[-1], pooler_output=pooled)
        if output_hidden_states:
            found["hidden_states"] = tuple(states)
        return found.to_tuple() if return_dict is False else found


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
        self, text: str | list[str], return_tensors: str | None = None, **content: Any
    ) -> dict[str, Any]:
        """input_ids and attention_mask: of one text or several, as lists or as tensors."""
        many = not isinstance(text, str)
        texts = [text] if isinstance(text, str) else text
        rows = [self.encode(one, **content) for one in texts]
        longest = max(map(len, rows))
        if content.get("padding") == "max_length" and content.get("max_length"):
            longest = content["max_length"]
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
