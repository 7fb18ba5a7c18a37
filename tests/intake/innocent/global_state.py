counter = 0

def step():
    global counter
    counter += 1
    if "model" not in globals():
        print("no model yet", list(locals()))

class Singleton:
    _instance = None
    def __new__(cls, *args):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance
    def __eq__(self, other):
        return isinstance(other, self.__class__) and vars(self) == vars(other)
    def __getattr__(self, name):
        raise AttributeError(name)
