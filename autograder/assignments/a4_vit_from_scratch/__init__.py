"""A vision transformer out of one's own attention, after Purdue ECE60146."""

from autograder.kit.assignment import Assignment, Attachment, Part

ASSIGNMENT = Assignment(
    name="a4_vit_from_scratch",
    title="A vision transformer from scratch",
    parts=(Part("vit_from_scratch_solution"), Part("einsum_attention_solution")),
    attachment=Attachment("vit", (".safetensors", ".pt"), 20_000_000),
    logs=True,
)
