"""Theory to execute, linear attention, a ViT for FashionMNIST, sentiment; after NYU ECE-GY 7123."""

from autograder.kit.assignment import Assignment, Attachment, Part

ASSIGNMENT = Assignment(
    name="a3_attention_and_sentiment",
    title="Attention and sentiment",
    parts=(
        Part("theory_solution"),
        Part("linear_attention_solution"),
        Part("fashion_vit_solution"),
        Part("sentiment_solution"),
    ),
    attachment=Attachment("fashion_vit", (".safetensors", ".pt"), 12_000_000),
    logs=True,
)
