"""Markup of rich."""

class LayerNorm:
    def forward(self, inputs):
        raise ValueError("[link=http://example.org][bold red]passed[/bold red][/link] [/]")
