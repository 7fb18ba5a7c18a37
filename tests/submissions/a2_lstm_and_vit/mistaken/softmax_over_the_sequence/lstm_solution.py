"""log_softmax without the right axis.

loses: lstm_solution:LSTM.forward
"""


class LSTM:
    def forward(self, inputs, hidden_states):
        lstm_out, hidden = self.lstm(self.embedding(inputs), hidden_states)
        return F.log_softmax(self.classifier(lstm_out), dim=1), hidden
