"""As in the source: bert(text).

loses: sentiment_solution:BERTGRUSentiment.forward
"""


class BERTGRUSentiment:
    def forward(self, input_ids, attention_mask):
        with torch.no_grad():
            x = self.bert(input_ids).last_hidden_state
        packed = nn.utils.rnn.pack_padded_sequence(
            x, attention_mask.sum(1), batch_first=True, enforce_sorted=False)
        _, h = self.rnn(packed)
        h = torch.cat((h[-2], h[-1]), 1) if self.rnn.bidirectional else h[-1]
        return self.out(self.dropout(h))
