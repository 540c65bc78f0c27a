# mypy: ignore-errors
"""Kernel: from the firing words of nodes to the list of firing nodes of each sample. Called by backend.firing, as text.

`words` is uint64 [node, word]. Both loops go through the columns in blocks of 16 words (two cache lines of a row), so
that at most 1024 lists grow at once.
"""

import numpy as np
from numba import njit

BLOCK = 16
U = np.uint64
one = U(1)
# The place of a single bit: a De Bruijn sequence has each 6-bit window once.
SEQUENCE = U(0x03F79D71B4CB0A89)
PLACES = np.zeros(64, np.uint8)
for place in range(64):
    PLACES[(0x03F79D71B4CB0A89 << place) % 2**64 >> 58] = place

entry = njit(cache=True, nogil=True, error_model="numpy")


@entry
def tally(words, counts):
    """Add to counts [sample] the number of nodes that fire; counts has 64 places for each word."""
    nodes, width = words.shape
    for start in range(0, width, BLOCK):
        for node in range(nodes):
            for w in range(start, min(start + BLOCK, width)):
                word = words[node, w]
                while word != U(0):
                    counts[(U(w) << U(6)) | U(PLACES[((word & (~word + one)) * SEQUENCE) >> U(58)])] += 1
                    word &= word - one


@entry
def gather(words, ends, members):
    """Write each sample's nodes, ascending, from ends[sample] on; ends moves along."""
    nodes, width = words.shape
    for start in range(0, width, BLOCK):
        for node in range(nodes):
            for w in range(start, min(start + BLOCK, width)):
                word = words[node, w]
                while word != U(0):
                    sample = (U(w) << U(6)) | U(PLACES[((word & (~word + one)) * SEQUENCE) >> U(58)])
                    members[ends[sample]] = node
                    ends[sample] += 1
                    word &= word - one
