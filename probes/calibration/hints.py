"""What each selector of the site file is looking for, so that something near can be suggested."""

from __future__ import annotations

from dataclasses import dataclass

LINKS = ("link", "button")


@dataclass(frozen=True, kw_only=True)
class Hint:
    """``kinds`` of elements that can serve, and ``words`` that speak for one, the best first.

    ``structural`` when the kind says enough by itself: there is one password field on a form.
    """

    kinds: tuple[str, ...]
    words: tuple[str, ...] = ()
    structural: bool = False


_NUMBER = ("identifiant", "numéro étranger", "numéro", "visa", "utilisateur", "username")

HINTS: dict[str, Hint] = {
    "portal_ready": Hint(kinds=LINKS, words=("titre de séjour", "démarche", "demande")),
    "open_sign_in": Hint(
        kinds=LINKS,
        words=("se connecter", "connexion", "mon espace", "identifier", "mon compte", "connecter"),
    ),
    "username": Hint(kinds=("field",), words=_NUMBER, structural=True),
    "password": Hint(kinds=("password",), words=("mot de passe",), structural=True),
    "submit_sign_in": Hint(
        kinds=("submit",), words=("se connecter", "connexion", "entrer"), structural=True
    ),
    "forgot_password": Hint(
        kinds=LINKS, words=("mot de passe oublié", "oublié", "souviens", "perdu", "mot de passe")
    ),
    "reset_username": Hint(kinds=("field",), words=_NUMBER, structural=True),
    "submit_reset": Hint(kinds=("submit",), words=("envoyer", "recevoir"), structural=True),
    "signed_in": Hint(
        kinds=("box",),
        words=("tableau de bord", "notifications", "mes demandes", "mes dossiers", "espace"),
    ),
    "open_request": Hint(
        kinds=LINKS, words=("titre de séjour", "nouvelle demande", "démarche", "demande")
    ),
    "category_next": Hint(kinds=("button", "submit"), words=("suivant", "continuer")),
    "open_documents": Hint(kinds=LINKS, words=("pièces justificatives", "pièces", "documents")),
    "file_input": Hint(kinds=("file",), structural=True),
}
"""Keys that are not here get no suggestion, or one made of the categories' labels."""
