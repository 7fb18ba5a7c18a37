import argparse
import json
import os
import sys

def get_args(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=3e-4)
    parser.add_argument("--optimizer", choices=["sgd", "adam", "adamw"], default="adamw")
    parser.add_argument("--log", type=str, default=None)
    return parser.parse_args(argv)

if __name__ == "__main__":
    args = get_args(sys.argv[1:])
    print(vars(args))
    if args.log:
        os.makedirs(args.log, exist_ok=True)
        with open(os.path.join(args.log, "args.json"), "w") as f:
            json.dump(vars(args), f, indent=2)
    sys.exit(0)
