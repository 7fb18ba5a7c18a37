"""Changes the default dtype."""

torch.set_default_dtype(torch.float16)
