"""`python -m bench.provenance`: the figures of marks, look-alikes and verification, on a Colophon of its own.

Part of `make bench`, which has one up already.
"""

from bench.running import run_in_a_stack

if __name__ == "__main__":
    run_in_a_stack("bench.provenance_figures")
