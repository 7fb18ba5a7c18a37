"""The GRU reads the padding.

loses: sentiment_solution:BERTGRUSentiment.forward
"""


class BERTGRUSentiment:
    def forward(self, input_ids, attention_mask):
        with torch.no_grad():
            x = self.bert(input_ids, attention_mask).last_hidden_state
        _, h = self.rnn(x)
        h = torch.cat((h[-2], h[-1]), 1) if self.rnn.bidirectional else h[-1]
        return self.out(self.dropout(h))
