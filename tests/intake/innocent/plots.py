import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
plt.rcParams["figure.figsize"] = (8, 4)
plt.rcParams.update({"font.size": 12})
fig, axes = plt.subplots(1, 2)
axes[0].plot(np.arange(10), label=r"$\mathcal{L}_{train}$")
axes[0].legend()
fig.savefig("figures/loss.png", dpi=200, bbox_inches="tight")
plt.show()
