"""Broken submissions: a clear sentence, zero only where it belongs, the next one graded right."""

from __future__ import annotations

import os
import resource
import shutil
import zipfile
from pathlib import Path

import pytest

from autograder.course import find_assignment
from autograder.frontends.class_run import Settings, grade_class
from autograder.gradebook.store import Gradebook
from autograder.intake.discover import find_submissions
from tests.conftest import A2, Lost, Workspace


def only(workspace: Workspace, part: str = "vit_solution") -> tuple[str, str]:
    """Status and message of the part's checks; the other part is untouched by it."""
    result = workspace.grade()
    ours = [c for c in result.checks if c.target.startswith(part)]
    others = [c for c in result.checks if not c.target.startswith(part)]
    assert all(check.status == "passed" for check in others)
    assert result.score == sum(check.max_points for check in others)
    ((status, message),) = {(check.status, check.message) for check in ours}
    return status, message


# --- the file -----------------------------------------------------------------------------------


def test_a_missing_file(workspace: Workspace) -> None:
    (workspace.folder / "vit_solution.py").unlink()
    status, message = only(workspace)
    assert status == "missing" and "There is no `vit_solution.py`" in message


@pytest.mark.parametrize("wrong", ["vit_soluton.py", "vitt_solution.py", "vit_solutions.py"])
def test_a_wrong_name_is_told_the_right_one(workspace: Workspace, wrong: str) -> None:
    (workspace.folder / "vit_solution.py").rename(workspace.folder / wrong)
    status, message = only(workspace)
    assert status == "missing" and f"Your file `{wrong}`" in message
    assert "rename it to `vit_solution.py`" in message


def test_the_name_of_the_template_is_as_good(workspace: Workspace) -> None:
    (workspace.folder / "vit_solution.py").rename(workspace.folder / "vit_solution_template.py")
    assert workspace.grade().score == 37


def test_an_empty_file(workspace: Workspace) -> None:
    workspace.write("vit_solution.py", "\n\n")
    assert only(workspace) == ("error", "`vit_solution.py` is empty.")


def test_a_syntax_error_is_told_with_its_line(workspace: Workspace) -> None:
    text = (workspace.folder / "vit_solution.py").read_text().splitlines()
    line = next(n for n, t in enumerate(text) if "def split_heads" in t)
    text[line] = text[line].replace(":", "", 1).replace("->", "")
    workspace.write("vit_solution.py", "\n".join(text))
    status, message = only(workspace)
    assert (
        status == "error" and f"`vit_solution.py` is not valid Python, line {line + 1}" in message
    )


def test_a_wrong_encoding_is_told_with_its_line(workspace: Workspace) -> None:
    workspace.write("vit_solution.py", b"# fine\n# caf\xe9\n")
    status, message = only(workspace)
    assert status == "error" and "line 2" in message and "0xe9" in message and "UTF-8" in message


def test_latin_1_that_says_so_is_read(workspace: Workspace) -> None:
    text = (
        "# -*- coding: latin-1 -*-\n# caf\xe9\n"
        + (workspace.folder / "vit_solution.py").read_text()
    )
    workspace.write("vit_solution.py", text.encode("latin-1"))
    assert workspace.grade().score == 37


@pytest.mark.parametrize("name", ["utf-7", "rot13", "unicode_escape", "hex", "idna", "undefined"])
def test_an_encoding_that_is_none_of_a_text_editor(workspace: Workspace, name: str) -> None:
    """Some of these turn text into other text, some into something that is no text at all."""
    text = (workspace.folder / "vit_solution.py").read_text()
    workspace.write("vit_solution.py", f"# -*- coding: {name} -*-\n{text}")
    status, message = only(workspace)
    assert status == "error" and "Save the file as UTF-8" in message


def test_halves_of_characters_in_a_message_can_be_written_down(
    workspace: Workspace, tmp_path: Path
) -> None:
    raises = "raise ValueError('\\udc80\\ud800')"
    workspace.change(f"class LayerNorm:\n    def forward(self, inputs):\n        {raises}")
    found = find_submissions(workspace.folder, find_assignment(A2), workspace.sandbox)
    results = grade_class(Settings(A2, 0), found.submissions, Gradebook(tmp_path / "out", A2), None)
    messages = [c.message for c in results.submissions[0].checks if "LayerNorm" in c.target]
    assert "ValueError" in messages[0]
    (page,) = (tmp_path / "out" / "feedback").glob("*.html")
    assert "ValueError" in page.read_text("utf-8")


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_fine(workspace: Workspace) -> None:
    text = (workspace.folder / "vit_solution.py").read_text().replace("\n", "\r\n")
    workspace.write("vit_solution.py", b"\xef\xbb\xbf" + text.encode())
    assert workspace.grade().score == 37


def test_the_wrong_assignment_altogether(tmp_path: Path, workspace: Workspace) -> None:
    shutil.rmtree(workspace.folder)
    workspace.folder.mkdir()
    workspace.write("holiday_plans.txt", "Rome")
    result = workspace.grade()
    assert result.score == 0
    assert "which holds: holiday_plans.txt" in result.checks[0].message


# --- classes and functions ----------------------------------------------------------------------


def test_a_missing_class_costs_what_is_graded_of_it(workspace: Workspace, lost: Lost) -> None:
    text = (workspace.folder / "vit_solution.py").read_text()
    workspace.write(
        "vit_solution.py", text.replace("PreNormAttentionBlock", "PrenormAttentionBlock")
    )
    found = lost(workspace.grade())
    assert set(found) == {"PreNormAttentionBlock.forward"}
    check = found["PreNormAttentionBlock.forward"][0]
    assert check.status == "missing"
    assert "Did you mean `PrenormAttentionBlock`? The name must be `PreNormAttentionBlock`" in (
        check.message
    )


def test_a_renamed_method_is_told_its_name(workspace: Workspace, lost: Lost) -> None:
    text = (workspace.folder / "vit_solution.py").read_text()
    workspace.write("vit_solution.py", text.replace("merge_heads", "mergeHeads"))
    found = lost(workspace.grade())
    assert set(found) == {"MultiHeadedAttention.merge_heads"}
    check = found["MultiHeadedAttention.merge_heads"][0]
    assert check.status == "missing" and "Did you mean `mergeHeads`?" in check.message


def test_what_is_not_done_yet_is_missing_and_not_an_error(workspace: Workspace, lost: Lost) -> None:
    workspace.change(
        "class LayerNorm:\n    def forward(self, inputs):\n        raise NotImplementedError\n"
    )
    found = lost(workspace.grade())
    assert set(found) == {"LayerNorm.forward"}
    for check in found["LayerNorm.forward"]:
        assert check.status == "missing" and "Not done yet" in check.message


def test_an_exception_in_init_costs_only_what_needs_the_object(
    workspace: Workspace, lost: Lost
) -> None:
    workspace.change(
        "class MultiHeadedAttention:\n"
        "    def __init__(self, head_size, num_heads, sequence_length):\n"
        "        super().__init__()\n        self.query = nn.Linear(head_size)\n"
    )
    found = lost(workspace.grade())
    assert set(found) == {"MultiHeadedAttention.forward"}
    check = found["MultiHeadedAttention.forward"][0]
    assert check.status == "error" and "vit_solution.py, line" in check.message


# --- what the code does -------------------------------------------------------------------------


def test_a_package_that_is_not_installed_costs_nothing_where_it_is_not_used(
    workspace: Workspace,
) -> None:
    workspace.change("", head="import tensorflow_of_1999\n")
    assert workspace.grade().score == 37


def test_a_package_that_is_not_installed_costs_what_uses_it(
    workspace: Workspace, lost: Lost
) -> None:
    workspace.change(
        "class LayerNorm:\n    def forward(self, inputs):\n        return old.norm(inputs)\n",
        head="import tensorflow_of_1999 as old\n",
    )
    found = lost(workspace.grade())
    assert set(found) == {"LayerNorm.forward"}
    message = found["LayerNorm.forward"][0].message
    assert "tensorflow" in message and "vit" in message and "line 1" in message


@pytest.mark.parametrize("call", ["inputs.cuda()", "inputs.to('cuda')", "inputs.to('cuda:0')"])
def test_cuda_means_the_cpu_on_a_machine_without_a_gpu(workspace: Workspace, call: str) -> None:
    workspace.change(
        "class LayerNorm:\n    def forward(self, inputs):\n"
        f"        inputs = {call}\n"
        "        mean = inputs.mean(-1, keepdim=True)\n"
        "        variance = (inputs - mean).square().mean(-1, keepdim=True)\n"
        "        scaled = (inputs - mean) / torch.sqrt(variance + self.eps)\n"
        "        return self.weight * scaled + self.bias\n"
    )
    assert workspace.grade().score == 37


@pytest.mark.parametrize("call", ["sys.exit()", "exit()", "os._exit(0)"])
def test_an_exit_on_import_costs_nothing_that_does_not_depend_on_it(
    workspace: Workspace, call: str
) -> None:
    workspace.change("", head=f"import os, sys\n{call}\n")
    assert workspace.grade().score == 37


def test_an_exit_in_one_function_costs_that_function_only(workspace: Workspace, lost: Lost) -> None:
    workspace.change(
        "import os\nclass LayerNorm:\n    def forward(self, inputs):\n        os._exit(0)\n"
    )
    assert set(lost(workspace.grade())) == {"LayerNorm.forward"}


def test_an_infinite_loop_costs_its_function_only(workspace: Workspace, lost: Lost) -> None:
    workspace.change(
        "class VisionTransformer:\n    def loss(self, preds, labels):\n"
        "        while True:\n            print('still here')\n"
    )
    found = lost(workspace.grade())
    assert set(found) == {"VisionTransformer.loss"}
    check = found["VisionTransformer.loss"][0]
    assert check.status == "timeout" and "2 seconds of processor time" in check.message


def test_an_infinite_loop_on_import_is_left_out(workspace: Workspace) -> None:
    workspace.change("", head="while True: pass\n")
    assert workspace.grade().score == 37


def test_prints_without_end_cost_nothing(workspace: Workspace) -> None:
    workspace.change(
        "", head="import sys\nprint('x' * 50_000_000)\nsys.stderr.write('y' * 10_000_000)\n"
    )
    assert workspace.grade().score == 37


def test_warnings_cost_nothing(workspace: Workspace) -> None:
    workspace.change(
        "", head="import warnings\nwarnings.warn('x')\nwarnings.simplefilter('always')\n"
    )
    assert workspace.grade().score == 37


@pytest.mark.parametrize("expression", ["bytearray(100 << 30)", "torch.ones(100 << 30)"])
def test_a_hundred_gigabytes(workspace: Workspace, lost: Lost, expression: str) -> None:
    workspace.change(
        f"class LayerNorm:\n    def forward(self, inputs):\n        return {expression}\n"
    )
    found = lost(workspace.grade())
    assert set(found) == {"LayerNorm.forward"}
    check = found["LayerNorm.forward"][0]
    assert check.status == "killed" and "more memory" in check.message


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("None", "x is None, y is a tensor"),
        ("(inputs, inputs)", "x is a tuple of Tensor, Tensor"),
        ("1.5", "x is the float 1.5"),
        ("inputs.numpy()", "x is a numpy.ndarray"),
        ("inputs.float().double().half()", "x has dtype float16"),
        ("inputs[..., :1]", "x has shape"),
        ("inputs * float('nan')", "times NaN"),
        ("inputs.as_subclass(Mine)", "x is a vit_solution.Mine"),
    ],
)
def test_a_wrong_kind_of_result_is_named(
    workspace: Workspace, lost: Lost, returned: str, words: str
) -> None:
    workspace.change(
        "class Mine(Tensor):\n    pass\n"
        f"class LayerNorm:\n    def forward(self, inputs):\n        return {returned}\n"
    )
    found = lost(workspace.grade())
    assert set(found) == {"LayerNorm.forward"}
    values = next(c for c in found["LayerNorm.forward"] if c.id == "layer_norm_values")
    assert values.status == "failed" and words in values.message


def test_an_input_that_is_changed_in_place_is_a_mistake(workspace: Workspace, lost: Lost) -> None:
    workspace.change(
        "class LayerNorm:\n    def forward(self, inputs):\n"
        "        with torch.no_grad():\n            inputs -= inputs.mean(-1, keepdim=True)\n"
        "        d = (inputs.square().mean(-1, keepdim=True) + self.eps).sqrt()\n"
        "        return inputs / d * self.weight + self.bias\n"
    )
    found = lost(workspace.grade())
    assert set(found) == {"LayerNorm.forward"}
    assert "inputs must not be changed" in found["LayerNorm.forward"][0].message


# --- folders and zips ---------------------------------------------------------------------------


def zipped(workspace: Workspace, path: Path) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(path, "w")
    for file in workspace.folder.glob("*.py"):
        archive.write(file, file.name)
    return archive


def test_a_zip_inside_a_zip_is_opened_once(workspace: Workspace, tmp_path: Path) -> None:
    zipped(workspace, tmp_path / "inner.zip").close()
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.write(tmp_path / "inner.zip", "inner.zip")
    result = workspace.grade(tmp_path / "outer.zip")
    assert result.score == 37 and "another zip, inner.zip" in result.notes[0]


def test_a_zip_with_a_hundred_thousand_files_is_refused(
    workspace: Workspace, tmp_path: Path
) -> None:
    with zipped(workspace, tmp_path / "many.zip") as archive:
        for n in range(100_000):
            archive.writestr(f"{n}.txt", "")
    result = workspace.grade(tmp_path / "many.zip")
    assert result.score == 0
    assert {check.status for check in result.checks} == {"refused"}
    assert "100002 files" in result.checks[0].message


def test_a_zip_that_grows_beyond_bounds_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vit_solution.py", b"#" * (200 << 20))
    assert workspace.grade(tmp_path / "bomb.zip").score == 0


def test_a_zip_of_many_large_files_is_left_as_soon_as_it_is_too_much(
    workspace: Workspace, tmp_path: Path
) -> None:
    """40 files of 15 MB in a small zip: the memory stays small, too."""
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(40):
            archive.writestr(f"part_{number}.py", b"#" * (15 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    submission = workspace.read(bomb)
    assert "more than 100 MB" in submission.problems["vit_solution"].message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000  # KB


def test_zips_in_a_zip_count_as_well(workspace: Workspace, tmp_path: Path) -> None:
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("data.bin", os.urandom(15 << 20))
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_STORED) as archive:
        for number in range(6):
            archive.write(inner, f"{number}.zip")
    assert "zip" in workspace.read(outer).notes[0]
    with zipfile.ZipFile(outer, "a", zipfile.ZIP_STORED) as archive:
        archive.write(inner, "one_too_many.zip")
    problem = workspace.read(outer).problems["vit_solution"]
    assert "larger than 100 MB" in problem.message or "more than 100 MB" in problem.message


def test_a_file_that_is_no_zip_is_refused_in_words(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and then nothing")
    message = workspace.grade(tmp_path / "broken.zip").checks[0].message
    assert "broken.zip is not a zip file" in message


@pytest.mark.parametrize("name", ["/etc/vit_solution.py", "../../vit_solution.py"])
def test_paths_that_lead_out_of_a_zip_are_not_read(
    workspace: Workspace, tmp_path: Path, name: str
) -> None:
    with zipped(workspace, tmp_path / "out.zip") as archive:
        archive.writestr(name, "raise SystemExit")
    result = workspace.grade(tmp_path / "out.zip")
    assert result.score == 37 and name in result.notes[0]


def test_symbolic_links_are_not_followed(workspace: Workspace, tmp_path: Path) -> None:
    real = workspace.folder / "vit_solution.py"
    real.rename(tmp_path / "elsewhere.py")
    real.symlink_to(tmp_path / "elsewhere.py")
    status, message = only(workspace)
    assert status == "missing" and "There is no `vit_solution.py`" in message
    assert "symbolic link" in workspace.grade().notes[0]
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        info = zipfile.ZipInfo("vit_solution.py")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert "symbolic link" in workspace.grade(tmp_path / "link.zip").notes[0]


def test_a_fifo_does_not_stop_the_class(workspace: Workspace) -> None:
    os.mkfifo(workspace.folder / "pipe.py")
    assert workspace.grade().score == 37


def test_two_hand_ins_of_one_student_the_newer_is_graded_and_both_are_told(
    workspace: Workspace, tmp_path: Path
) -> None:
    home = tmp_path / "class"
    shutil.copytree(workspace.folder, home / "anna")
    zipped(workspace, home / "anna.zip").close()
    os.utime(home / "anna", (1, 1))
    (found,) = find_submissions(home, find_assignment(A2), workspace.sandbox).submissions
    assert found.members == (("anna.zip", ""),)
    assert "anna.zip, was graded and not anna" in found.notes[0]


def test_a_folder_in_a_folder_is_found(workspace: Workspace, tmp_path: Path) -> None:
    shutil.copytree(workspace.folder, tmp_path / "anna" / "my homework" / "final")
    assert workspace.grade(tmp_path / "anna").score == 37


def test_two_files_of_one_name_are_told_apart(workspace: Workspace) -> None:
    (workspace.folder / "old").mkdir()
    workspace.write("old/vit_solution.py", "broken(")
    submission = workspace.read()
    assert "vit_solution.py was graded; old/vit_solution.py was not" in submission.notes[0]
    assert workspace.grade().score == 37


def test_after_all_of_this_a_right_hand_in_gets_all_points(workspace: Workspace) -> None:
    assert workspace.grade().score == 37
