settings = {"model": {"vit": {"embed_dim": 256, "blocks": [{"norm": "pre", "heads": 8} for _ in range(4)]}}}
blocks = settings["model"]["vit"]["blocks"]
total = 2 ** 64
text = """
A long docstring about layer normalisation. """ * 3
URL = "https://raw.githubusercontent.com/pytorch/examples/main/word_language_model/data/wikitext-2/train.txt?raw=true&download=1"
