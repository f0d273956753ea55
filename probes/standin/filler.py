"""A generated bundle: script that a browser really parses and runs, so that timing is realistic.

Generated rather than stored: a blob of several hundred KB has no place in the repository.
"""

from __future__ import annotations

import functools
import random

SCRIPT_BYTES = 350 * 1024
"""Weight of all scripts of the portal together, about."""

_SEED = 20260602
_WORDS = (
    *("titre", "séjour", "demande", "dossier", "pièce", "usager", "préfecture", "notification"),
    *("attestation", "récépissé", "renouvellement", "catégorie", "étudiant", "visiteur"),
    *("talent", "famille", "protection", "document", "adresse"),
)


@functools.lru_cache(maxsize=4)
def bundle(size_bytes: int) -> bytes:
    """Deterministic JavaScript of about ``size_bytes``: small functions and a table, all run."""
    source = random.Random(_SEED)
    parts = ['"use strict";\n(() => {\nconst calculs = [];\nconst libelles = new Map();\n']
    length = len(parts[0])
    number = 0
    while length < size_bytes - len(_END):
        part = _piece(number, source)
        parts.append(part)
        length += len(part.encode())
        number += 1
    return ("".join(parts) + _END).encode()


def _piece(number: int, source: random.Random) -> str:
    a, b, c = (source.randrange(3, 9973) for _ in range(3))
    label = " ".join(source.choices(_WORDS, k=6))
    return (
        f'libelles.set("l{number}", "{label}");\n'
        f"calculs.push(function calcul{number}(valeur) {{\n"
        f"  let reste = (valeur * {a} + {b}) % 65521;\n"
        f"  for (let tour = 0; tour < {number % 7 + 3}; tour += 1) {{\n"
        f"    reste = (reste ^ (tour * {c})) & 0xffff;\n"
        f"  }}\n"
        f'  return reste + libelles.get("l{number}").length;\n'
        f"}});\n"
    )


_END = (
    "let somme = 0;\n"
    "for (const calcul of calculs) somme = (somme + calcul(somme)) % 65521;\n"
    "globalThis.referentiel = Object.freeze({ taille: libelles.size, somme });\n"
    "})();\n"
)
