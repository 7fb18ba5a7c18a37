import json
from safetensors.torch import save_file, load_file
config = {"embed_dim": 64, "hidden_size": 128}
save_file(model.state_dict(), "gru_image_classifier.safetensors", metadata={"config": json.dumps(config)})
