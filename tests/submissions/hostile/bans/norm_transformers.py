"""Layer normalisation by a layer of transformers."""

class LayerNorm:
    def forward(self, inputs):
        import transformers

        layer = transformers.models.bert.modeling_bert.BertSelfOutput
        return layer.LayerNorm(inputs)
