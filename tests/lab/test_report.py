"""The report: from logs to tables and figures."""

from __future__ import annotations

import html.parser
import json
import random
import re
import shutil
from pathlib import Path
from typing import Any

from lab import attention_maps as maps
from lab import report

import numpy as np
import pytest
import torch


def make_run(folder: Path, accuracies: list[float], **args: Any) -> None:
    """The logs of a run with these validation accuracies."""
    folder.mkdir(parents=True)
    (folder / "args.json").write_text(json.dumps({"data": "made up", **args}))
    lines = [
        {"epoch": i, "train_loss": 1 / i, "train_acc": value + 0.05, "train_time": 2.0,
         "valid_loss": 1.1 / i, "valid_acc": value, "valid_time": 1.0, "memory": {"process": 9.0},
         "valid_confusion": [[3, 1], [0, i]]}
        for i, value in enumerate(accuracies, start=1)
    ]  # fmt: skip
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = {"test_acc": max(accuracies) - 0.01, "parameters": 1234}
    (folder / "result.json").write_text(json.dumps(result))


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Four runs, made in a random order."""
    runs = [
        ("postnorm", 6, "adamw", 7, [0.3, 0.5]),
        ("prenorm", 6, "adamw", 6, [0.3, 0.6]),
        ("prenorm", 2, "sgd", 3, [0.1, 0.2]),
        ("prenorm", 2, "adam", 1, [0.4, 0.65, 0.61]),
    ]
    random.Random(0).shuffle(runs)
    for number, (block, layers, optimizer, experiment, values) in enumerate(runs):
        make_run(tmp_path / "logs" / f"{number}_%&<|", values, block=block, layers=layers,
                 optimizer=optimizer, experiment=experiment)  # fmt: skip
    return tmp_path / "logs"


@pytest.mark.parametrize("name", ["layers", "depth", "num_layers"])
def test_layers_are_found_under_the_names_that_models_give_them(name: str, tmp_path: Path) -> None:
    make_run(tmp_path / "run", [0.5], model="gru", optimizer="adamw", **{name: 3})
    (run,) = report.read_runs(tmp_path)
    assert run.layers == 3 and "3 layers" in run.label


def test_the_table_is_sorted_and_the_best_of_each_architecture_is_bold(logs: Path) -> None:
    table = report.make_table(report.read_runs(logs))
    assert table.headings[:7] == ["Exp.", "Architecture", "Layers", "Optimizer", "Train acc.",
                                  "Valid acc.", "Test acc."]  # fmt: skip
    rows = [[cell.text for cell in row] for row in table.rows]
    assert [row[0] for row in rows] == ["7", "1", "3", "6"]
    assert rows[1][4:8] == ["70.00 %", "65.00 %", "64.00 %", "2"]  # the best epoch, not the last
    bold = [[cell.text for cell in row if cell.bold] for row in table.rows]
    assert bold == [["55.00 %", "50.00 %", "49.00 %"], ["70.00 %", "65.00 %", "64.00 %"], [], []]


def test_the_best_perplexity_is_the_lowest(tmp_path: Path) -> None:
    for name, values in (("exp1", [90.0, 80.0]), ("exp2", [70.0, 75.0])):
        make_run(tmp_path / name, values, model="lstm", layers=1, optimizer="adam")
        log = tmp_path / name / "log.jsonl"
        log.write_text(log.read_text().replace("_acc", "_ppl"))
        (tmp_path / name / "result.json").unlink()
    table = report.make_table(report.read_runs(tmp_path))
    assert [[c.text for c in row if c.bold] for row in table.rows] == [[], ["70.05", "70.00"]]
    assert "perplexity per real token" in table.caption and "Test" not in table.caption


class Balanced(html.parser.HTMLParser):
    """Notes what a page holds and that its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text, self.images = "", []  # type: tuple[str, list[str]]

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "img":
            assert dict(attrs)["alt"]
            self.images.append(dict(attrs)["src"])
        elif tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_three_pages_hold_the_same_and_their_figures_exist(logs: Path) -> None:
    assert report.main([str(logs)]) == ""
    out = logs / "report"
    markdown, tex, page = ((out / f"report.{kind}").read_text() for kind in ("md", "tex", "html"))
    reader = Balanced()
    reader.feed(page)
    assert not reader.open
    pictures = {path.name for path in out.glob("*.png")}
    assert len(pictures) == 1 + 4 + 4 and set(reader.images) == pictures
    assert set(re.findall(r"!\[.+\]\((.*)\)", markdown)) == pictures
    assert len(re.findall(r"\\includegraphics", tex)) == len(pictures)
    for text in ("pre-norm", "SGD", "acc.: top-1 accuracy", "rows are true classes", "made up"):
        assert text in markdown and text in tex and text in reader.text
    assert "**65.00 %**" in markdown and r"\textbf{65.00 \%}" in tex and "<b>65.00 %</b>" in page
    assert tex.count("{") == tex.count("}") and not re.search(r"(?<!\\)[&%](?![ \S])", tex)
    assert report.main([str(logs)]) == ""  # again, over what lies there


def test_figures_have_axes_with_names_and_a_legend(logs: Path, monkeypatch: Any) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(report.figures, "save", lambda figure, path: seen.append(figure))
    report.make_report(logs, logs)
    for figure in seen:
        assert all(axes.get_xlabel() for axes in figure.axes)
        assert figure.axes[0].get_ylabel()
    curves = [figure for figure in seen if len(figure.axes) == 4]
    assert len(curves) == 5
    for figure in curves:
        assert {axes.get_xlabel() for axes in figure.axes} == {"epoch", "wall-clock time (seconds)"}
        assert figure.legends or any(axes.get_legend() for axes in figure.axes)


def test_logs_of_text_files_alone_will_do(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "args.json").write_text('{"optimizer": "adamw", "layers": 2, "block": "prenorm"}')
    for split in ("train", "valid"):
        for what, text in (("loss", "2\n1.5"), ("acc", "0.3\n0.4\n"), ("time", "10.5\n9")):
            (folder / f"{split}_{what}.txt").write_text(text)
    assert report.main([str(tmp_path)]) == ""
    assert "| theirs | pre-norm | 2 | AdamW |" in (tmp_path / "report" / "report.md").read_text()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("args.json", "{", "cannot be read"), ("log.jsonl", "nonsense\n", "cannot be read"),
     ("log.jsonl", '{"epoch": 1, "valid_acc": 0.5}\n', "lack train_acc"),
     ("log.jsonl", "", "no run with a finished epoch")],
)  # fmt: skip
def test_damaged_logs_are_named(name: str, content: str, words: str, logs: Path) -> None:
    for other in sorted(logs.iterdir())[1:]:
        shutil.rmtree(other)
    (next(logs.iterdir()) / name).write_text(content)
    assert words in report.main([str(logs)])


def test_smoke_runs_are_in_a_report_of_their_own(tmp_path: Path) -> None:
    for name in ("vit/exp1", "smoke/vit/exp2"):
        make_run(tmp_path / name, [0.5], model="vit", optimizer="adamw")
    assert [run.name for run in report.read_runs(tmp_path)] == ["vit/exp1"]
    assert [run.name for run in report.read_runs(tmp_path / "smoke")] == ["vit/exp2"]


def test_a_folder_without_runs(tmp_path: Path) -> None:
    assert "no run" in report.main([str(tmp_path)])


# --- attention maps -------------------------------------------------------------------------------


class Looking(torch.nn.Module):
    """Two layers whose class token looks at one patch each; `forward` asks for the weights."""

    def __init__(self, patch: int) -> None:
        super().__init__()
        self.patch = patch

    def get_attention_weights(self, queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        weights = torch.eye(5).expand(len(queries), 3, 5, 5).clone()
        weights[:, :, 0] = torch.nn.functional.one_hot(torch.tensor(1 + self.patch), 5).float()
        return weights

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.get_attention_weights(x, x)
        return x


def test_attention_is_recorded_and_the_model_left_as_it_was(tmp_path: Path) -> None:
    model = torch.nn.Sequential(Looking(2), Looking(3))
    path = tmp_path / "attention.npz"
    assert maps.save_attention(model, torch.rand(2, 10), path, labels=np.zeros(2))
    with np.load(path, allow_pickle=False) as stored:
        weights, through = stored["class_token"], stored["rollout"]
    assert weights.shape == (2, 2, 3, 4) and through.shape == (2, 4)
    assert weights[:, 0, :, 2].min() == 1 and weights[:, 1, :, 3].min() == 1
    assert through[0].tolist() == [0, 0, 0.25, 0.5]  # half of layer 2; half of what layer 1 left
    assert "get_attention_weights" not in vars(model[0])


def test_a_model_that_does_not_show_its_weights(tmp_path: Path) -> None:
    assert not maps.save_attention(torch.nn.Linear(4, 2), torch.rand(1, 4), tmp_path / "a.npz")
    assert not (tmp_path / "a.npz").exists()
