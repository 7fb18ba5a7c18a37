"""An attribute of the module, not of its parameters.

loses: sentiment_solution:freeze_encoder
"""


def freeze_encoder(model):
    model.bert.requires_grad = False
