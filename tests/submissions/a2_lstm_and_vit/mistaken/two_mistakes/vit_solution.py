"""Splits heads by a view, and sums the loss of the batch.

loses: vit_solution:MultiHeadedAttention.split_heads, vit_solution:VisionTransformer.loss
"""


class MultiHeadedAttention:
    def split_heads(self, tensor):
        return tensor.reshape(tensor.shape[0], self.num_heads, tensor.shape[1], -1)


class VisionTransformer:
    def loss(self, preds, labels):
        return F.cross_entropy(preds, labels, reduction="sum")
