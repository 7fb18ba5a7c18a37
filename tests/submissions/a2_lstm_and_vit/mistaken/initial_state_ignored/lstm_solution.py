"""Every sequence starts from zeros.

loses: lstm_solution:LSTM.forward
"""


class LSTM:
    def forward(self, inputs, hidden_states):
        output, states = self.lstm(self.embedding(inputs))
        return nn.LogSoftmax(dim=-1)(self.classifier(output)), states
