import re, string, math
from collections import Counter
import numpy as np
words = re.compile(r"\w+")
vocabulary = {w: i for i, (w, _) in enumerate(Counter(words.findall(open("text.txt", encoding="utf-8").read().lower())).most_common(10000))}
characters = sorted(set(string.printable))
encode = lambda s: [characters.index(c) for c in s]
decode = lambda ids: "".join(chr(ord(characters[i])) for i in ids)
pattern = re.compile("a+")
