activations = {}

def get_activation(name):
    def hook(model, input, output):
        activations[name] = output.detach()
    return hook

handle = model.encoder.layers[0].register_forward_hook(get_activation("first"))
model.register_full_backward_hook(lambda m, gi, go: print(go[0].norm()))
handle.remove()
