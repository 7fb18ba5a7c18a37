"""One row of logits for the whole sequence.

loses: main:GRUTranslation
"""


class GRUTranslation:
    def forward(self, inputs):
        out, _ = self.gru(inputs)
        return self.output(out[:, -1] if self.gru.batch_first else out[-1])
