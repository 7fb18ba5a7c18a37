"""A vision transformer out of one's own attention, after Purdue ECE60146."""

from autograder.course import Assignment, Part

ASSIGNMENT = Assignment(
    name="a4_vit_from_scratch",
    title="A vision transformer from scratch",
    parts=(Part("vit_from_scratch_solution"), Part("einsum_attention_solution")),
)
