"""states[:, -1] for both directions.

loses: main:GRUImageClassifier
"""


class GRUImageClassifier:
    def forward(self, images):
        states, _ = self.gru(self.patch_embed(images))
        return self.output(states[:, -1])
