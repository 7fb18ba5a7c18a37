import pickle
import numpy as np

def unpickle(file):
    with open(file, "rb") as fo:
        return pickle.load(fo, encoding="bytes")

batch = unpickle("cifar-10-batches-py/data_batch_1")
images = batch[b"data"].reshape(-1, 3, 32, 32).astype(np.float32) / 255
