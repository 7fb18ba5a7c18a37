"""Signs, einsum."""


def rnn_output(sequence):
    signs = 1 - 2 * (torch.arange(sequence.size(1)) % 2 == 0).to(sequence.dtype)
    h = torch.einsum("bt,t->b", sequence, signs)
    return 1 / (1 + torch.exp(-1000 * h.double())).to(sequence.dtype)


def token_norms(beta):
    return torch.tensor([2.0, 1.0, 2.0], dtype=torch.float64).sqrt() * beta


def attention_outputs():
    return torch.tensor([[0, 1, 0, 1], [1, 0, 0, 0], [0, 1, 1, 0]])
