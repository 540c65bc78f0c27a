"""How a name is spelled: letters of scripts that can write one in two ways, and Greek ones that have a word, are brought to one."""

import unicodedata

GREEK = {"lambda": "λ", "eta": "η", "kappa": "κ"}


def spelled(word: str) -> str:
    """As trees, results and whoever looks a name up have it: `eta` is `η`."""
    word = unicodedata.normalize("NFC", word)
    return GREEK.get(word, word)
