"""The sentiment model on a real BERT: tiny, with random weights, of transformers' own classes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, BertTokenizer

from tests.modules import load_reference
from tests.scripts import load_script

A3 = "a3_attention_and_sentiment"
runner = load_script("run_sentiment")
SENTIMENT = load_reference(A3, "sentiment_solution")
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "superb", "dull", "moving", "a mess",
         "not", "very", "film", "the", "plot", "is", "."]  # fmt: skip


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `from_pretrained` reads it."""
    folder = tmp_path_factory.mktemp("bert")
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=2,
                        num_attention_heads=2, intermediate_size=32,
                        max_position_embeddings=64)  # fmt: skip
    BertModel(config).save_pretrained(folder)
    BertTokenizer(vocab={word: number for number, word in enumerate(WORDS)}).save_pretrained(folder)
    return folder


def loaded(folder: Path) -> tuple[Any, Any]:
    torch.manual_seed(1)
    model = SENTIMENT.build_model(AutoModel.from_pretrained(folder))
    return model, AutoTokenizer.from_pretrained(folder)


def test_every_blank_works_with_it(bert: Path) -> None:
    model, tokenizer = loaded(bert)
    assert SENTIMENT.vocabulary_size(tokenizer) == len(WORDS)
    everything = SENTIMENT.count_parameters(model)
    SENTIMENT.freeze_encoder(model)
    above = SENTIMENT.count_parameters(model)
    assert everything - above == sum(p.numel() for p in model.bert.parameters())
    probability = SENTIMENT.predict_sentiment(model, tokenizer, "A very dull film. " * 40, 32)
    assert 0 < probability < 1


def test_padding_changes_nothing(bert: Path) -> None:
    model, tokenizer = loaded(bert)
    reviews = ["a superb film", "the plot is not very moving. the film is dull."]
    found = tokenizer(reviews, padding=True, return_tensors="pt")
    with torch.no_grad():
        together = model.eval()(found["input_ids"], found["attention_mask"])
        alone = tokenizer(reviews[0], return_tensors="pt")
        single = model(alone["input_ids"], alone["attention_mask"])
    assert found["attention_mask"][0].sum() < found["input_ids"].shape[1]
    assert torch.allclose(together[0], single[0], atol=1e-5)


def test_training_leaves_the_encoder_as_it_is(bert: Path) -> None:
    model, tokenizer = loaded(bert)
    SENTIMENT.freeze_encoder(model)
    before = {name: p.clone() for name, p in model.bert.named_parameters()}
    found = tokenizer(["a superb film", "a dull film"] * 4, padding=True, return_tensors="pt")
    labels = torch.tensor([1.0, 0.0] * 4)
    batch = (found["input_ids"], found["attention_mask"], labels)
    learnt = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(learnt, lr=1e-2)
    criterion = torch.nn.BCEWithLogitsLoss()
    losses = SENTIMENT.fit(model, [batch], [batch], optimizer, criterion, 8)
    assert losses[-1] < losses[0]
    assert all(torch.equal(before[name], p) for name, p in model.bert.named_parameters())


def test_the_runner_takes_it_from_a_folder(bert: Path, tmp_path: Path) -> None:
    words = ["--smoke", "--encoder", str(bert), "--epochs", "1", "--logs", str(tmp_path)]
    assert runner.main(words) == 0
    args = json.loads((tmp_path / "exp1" / "args.json").read_text("utf-8"))
    assert args["encoder"] == str(bert)


def test_without_a_hub_the_packaged_encoder_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_hub(name: str) -> None:
        raise OSError("no connection")

    monkeypatch.setattr("transformers.AutoConfig.from_pretrained", no_hub)
    packaged = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(runner.importlib.util, "find_spec", lambda name: packaged)
    assert runner.reachable("bert-base-uncased") == str(tmp_path / "model")
    monkeypatch.setattr(runner.importlib.util, "find_spec", lambda name: None)
    assert runner.reachable("bert-base-uncased") == "bert-base-uncased"
