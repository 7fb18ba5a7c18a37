import pandas as pd
results = pd.DataFrame({"config": list(range(1, 8)), "valid acc": [0.71, 0.72, 0.41, 0.55, 0.73, 0.74, 0.70]})
print(results.sort_values("valid acc").to_latex(index=False))
results.style.highlight_max(axis=0)
pd.set_option("display.max_rows", None)
pd.options.display.float_format = "{:.3f}".format
