"""The output layer expects the features of one direction only.

loses: main:GRUTranslation
"""


class GRUTranslation:
    def __init__(self, input_size, hidden_size, num_classes, num_layers=1, bidirectional=False,
                 batch_first=True):
        super().__init__()
        self.gru = nn.GRU(input_size, hidden_size, num_layers, batch_first=batch_first,
                          bidirectional=bidirectional)
        self.output = nn.Linear(hidden_size, num_classes)
