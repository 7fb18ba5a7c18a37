"""The reference of a3 against torch's own modules, simulation and brute force, in float64."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from autograder.assignments.a3_attention_and_sentiment.encoder import TinyEncoder, TinyTokenizer
from tests.modules import load_reference

A3 = "a3_attention_and_sentiment"


@pytest.fixture(autouse=True)
def _float64() -> Any:
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float32)


THEORY = load_reference(A3, "theory_solution")
LINEAR = load_reference(A3, "linear_attention_solution")
VIT = load_reference(A3, "fashion_vit_solution")
SENTIMENT = load_reference(A3, "sentiment_solution")


def same(ours: Tensor, theirs: Tensor, *inputs: Tensor) -> bool:
    """Values agree, and so do the gradients of the inputs."""
    weights = torch.linspace(-1, 1, ours.numel()).view_as(ours)
    found = [torch.autograd.grad((one * weights).sum(), inputs) for one in (ours, theirs)]
    pairs = [(ours, theirs), *zip(*found, strict=True)]
    return all(torch.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in pairs)


# --- theory -------------------------------------------------------------------------------------


def simulated(sequence: list[int]) -> float:
    """The network of figure 1, step by step."""
    state = 0
    for x in sequence:
        state = x - state
    return torch.sigmoid(torch.tensor(1000.0 * state)).item()


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=12), st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_closed_form_is_the_recurrence(half: list[int], tie: bool) -> None:
    other = half if tie else half[::-1]
    sequence = [x for pair in zip(half, other, strict=True) for x in pair]  # a tie: pairs of equals
    answer = THEORY.rnn_output(torch.tensor([sequence], dtype=torch.float64))
    assert answer.tolist() == [simulated(sequence)]
    assert not tie or answer.item() == 0.5


def test_the_limits_are_those_of_self_attention() -> None:
    basis = 40 * torch.linalg.qr(torch.randn(7, 7))[0][:4]  # a, b, c, d
    a, b, c, d = basis
    tokens = torch.stack([d + b, a, c + b])
    norms = torch.tensor(THEORY.token_norms(40.0))
    assert torch.allclose(tokens.norm(dim=1), norms)
    outputs = F.scaled_dot_product_attention(tokens, tokens, tokens, scale=1.0)
    assert torch.allclose(torch.tensor(THEORY.attention_outputs()) @ basis, outputs)


# --- linear attention ---------------------------------------------------------------------------


@pytest.mark.parametrize("causal", [False, True])
def test_linear_attention_is_the_quadratic_form(causal: bool) -> None:
    q, k = torch.randn(2, 2, 7, 3, requires_grad=True)
    v = torch.randn(2, 7, 4, requires_grad=True)
    weights = (F.elu(q) + 1) @ (F.elu(k) + 1).mT
    weights = weights.tril() if causal else weights
    expected = weights @ v / weights.sum(-1, keepdim=True)
    attend = LINEAR.causal_linear_attention if causal else LINEAR.linear_attention
    assert same(attend(q, k, v), expected, q, k, v)


# --- vision transformer -------------------------------------------------------------------------


def torchs_layer(block: Any, dim: int, heads: int) -> nn.TransformerEncoderLayer:
    """nn.TransformerEncoderLayer with the weights of a block whose heads share `dim`."""
    layer = nn.TransformerEncoderLayer(
        dim, heads, 9, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    with torch.no_grad():
        layer.self_attn.in_proj_weight.copy_(block.attention.to_qkv.weight)
        layer.self_attn.in_proj_bias.zero_()
    for theirs, ours in (
        (layer.self_attn.out_proj, block.attention.to_out[0]),
        (layer.norm1, block.attention_norm), (layer.norm2, block.mlp_norm),
        (layer.linear1, block.mlp[0]), (layer.linear2, block.mlp[3]),
    ):  # fmt: skip
        theirs.load_state_dict(ours.state_dict())
    return layer


def test_a_block_is_torchs_encoder_layer() -> None:
    block = VIT.Block(dim=6, heads=2, dim_head=3, mlp_dim=9)
    x = torch.randn(2, 5, 6, requires_grad=True)
    assert same(block(x), torchs_layer(block, 6, 2)(x), x)


def test_the_transformer_is_a_convolution_and_torchs_layers() -> None:
    model = VIT.ViT(image_size=8, patch_size=4, num_classes=3, dim=6, depth=2, heads=2, mlp_dim=9,
                    channels=2, dim_head=3)  # fmt: skip
    images = torch.randn(2, 2, 8, 8, requires_grad=True)
    kernel = model.to_patch_embedding.weight.view(6, 4, 4, 2).permute(0, 3, 1, 2)
    patches = F.conv2d(images, kernel, model.to_patch_embedding.bias, stride=4)
    first = model.class_token.expand(2, 1, 6)
    x = torch.cat([first, patches.flatten(2).mT], dim=1) + model.positions
    for block in model.blocks:
        x = torchs_layer(block, 6, 2)(x)
    assert same(model(images), model.head(model.norm(x[:, 0])), images)


def test_the_model_of_the_exercise_has_the_published_number_of_parameters() -> None:
    assert VIT.count_parameters(VIT.fashion_vit()) == 598_794


def test_positions_begin_as_waves_of_which_no_two_places_share_one() -> None:
    waves = VIT.sines(7, 64)
    assert waves.shape == (49, 64)
    distances = torch.cdist(waves, waves) + 9 * torch.eye(49)
    assert distances.min() > 0.5
    assert distances.argmin(dim=1)[24].item() in (17, 23, 25, 31)  # the centre's neighbours
    assert VIT.sines(3, 5).shape == (9, 5)


def test_patches_must_fill_the_image() -> None:
    with pytest.raises(ValueError, match="28 pixels cannot be cut into patches of 5"):
        VIT.ViT(image_size=28, patch_size=5, num_classes=1, dim=4, depth=1, heads=1, mlp_dim=4)


# --- sentiment ----------------------------------------------------------------------------------


def sentiment_model() -> Any:
    return SENTIMENT.BERTGRUSentiment(TinyEncoder(), 4, 1, 2, True, 0.25).double()


def test_a_review_has_the_same_logit_in_every_batch_and_alone() -> None:
    model = sentiment_model().eval()
    ids = torch.tensor([[1, 4, 5, 2, 0, 0], [1, 6, 2, 0, 0, 0], [1, 4, 9, 8, 7, 2]])
    mask = (ids > 0).long()
    together = model(ids, mask)
    for row, length in enumerate(mask.sum(1).tolist()):
        alone = model(ids[row : row + 1, :length], mask[row : row + 1, :length])
        assert torch.allclose(together[row], alone[0])


def test_the_encoder_stays_in_evaluation_mode_and_is_not_trained() -> None:
    model = sentiment_model().train()
    assert model.rnn.training and not model.bert.training
    SENTIMENT.freeze_encoder(model)
    model(torch.tensor([[1, 4, 2]]), torch.ones(1, 3, dtype=torch.long)).sum().backward()
    assert all(p.grad is None for p in model.bert.parameters())
    assert all(p.grad is not None for p in model.rnn.parameters())


def test_trainable_parameters_over_bert_base_are_those_of_the_source() -> None:
    """BERT-base is 768 wide; its weights are not needed to count what is trained above it."""
    encoder = nn.Linear(1, 1)
    encoder.config = SimpleNamespace(hidden_size=768)  # type: ignore[assignment]
    model = SENTIMENT.build_model(encoder)
    SENTIMENT.freeze_encoder(model)
    assert SENTIMENT.count_parameters(model) == 2_759_169


def test_accuracy_and_loss_are_those_of_all_reviews_together() -> None:
    model = sentiment_model()
    ids = torch.randint(3, 11, (7, 4))
    mask, labels = torch.ones_like(ids), torch.randint(0, 2, (7,)).double()
    criterion = nn.BCEWithLogitsLoss()
    parts = [(ids[a:b], mask[a:b], labels[a:b]) for a, b in itertools.pairwise((0, 3, 6, 7))]
    loss, accuracy = SENTIMENT.evaluate(model, parts, criterion)
    with torch.no_grad():
        logits = model(ids, mask).squeeze(1)
    assert loss == pytest.approx(criterion(logits, labels).item())
    assert accuracy == pytest.approx(((logits > 0) == (labels == 1)).double().mean().item())


def test_fit_ends_with_the_weights_of_its_best_epoch() -> None:
    model = sentiment_model()
    ids = torch.randint(3, 11, (8, 4))
    batch = (ids, torch.ones_like(ids), torch.arange(8).remainder(2).double())
    optimizer = torch.optim.SGD(model.rnn.parameters(), lr=30.0)  # far too large: it gets worse
    criterion = nn.BCEWithLogitsLoss()
    losses = SENTIMENT.fit(model, [batch], [batch], optimizer, criterion, 5)
    assert len(losses) == 5
    assert SENTIMENT.evaluate(model, [batch], criterion)[0] == pytest.approx(min(losses))


def test_prediction_is_the_probability_of_the_positive_label() -> None:
    model, tokenizer = sentiment_model(), TinyTokenizer()
    probability = SENTIMENT.predict_sentiment(model, tokenizer, "a very good film")
    found = tokenizer("a very good film", return_tensors="pt")
    logit = model.eval()(found["input_ids"], found["attention_mask"]).item()
    assert probability == pytest.approx(torch.sigmoid(torch.tensor(logit)).item())
    assert [SENTIMENT.sentiment(p) for p in (0.1, 0.5, 0.9)] == ["negative", "negative", "positive"]


def test_the_split_is_the_sources() -> None:
    train, valid = SENTIMENT.split_reviews(25_000, 0.3, 1234)
    assert (len(train), len(valid)) == (17_500, 7_500)
