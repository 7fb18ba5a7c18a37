"""Puts a softmax in front of the cross-entropy.

loses: vit_solution:VisionTransformer.loss
"""


class VisionTransformer:
    def loss(self, preds, labels):
        probabilities = torch.softmax(preds, dim=1)
        return nn.CrossEntropyLoss()(probabilities, labels)
