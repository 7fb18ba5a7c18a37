"""Differences, softmax by computer for the limit."""


def rnn_output(sequence):
    x = sequence.unflatten(1, (-1, 2))
    return torch.sigmoid(x.diff(dim=2).sum(dim=(1, 2)).mul(1000))


def token_norms(beta):
    return tuple(torch.tensor(v).double().norm().item() * beta for v in ([1.0, 1.0], [1.0], [1.0, 1.0]))


def attention_outputs():
    tokens = torch.tensor([[0, 1, 0, 1], [1, 0, 0, 0], [0, 1, 1, 0]]).double()
    beta = 1e3
    return (beta**2 * tokens @ tokens.T).softmax(dim=1) @ tokens
