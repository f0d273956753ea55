"""The pages and the selectors of a site file, in French, for the page that ``calibrate`` writes."""

from __future__ import annotations

PAGE_WORDS = {
    "home": "Page d’accueil",
    "sign_in": "Page qui mène à la connexion",
    "form": "Formulaire de connexion",
    "reset": "Mot de passe oublié",
    "account": "Compte de l’usager",
    "categories": "Choix de la catégorie",
    "kept": "Après le choix de la catégorie",
    "documents": "Pièces justificatives",
}

KEY_WORDS = {
    "portal_ready": "Visible dès que la page d’accueil fonctionne.",
    "news": "Zones d’actualités, dont les mots ne disent rien de l’état du site.",
    "open_sign_in": "Lien ou bouton qui mène au formulaire de connexion.",
    "username": "Champ du numéro étranger.",
    "password": "Champ du mot de passe.",
    "submit_sign_in": "Bouton qui envoie le formulaire de connexion.",
    "forgot_password": "Lien vers « Mot de passe oublié ».",
    "reset_username": "Champ du numéro sur la page « Mot de passe oublié ».",
    "submit_reset": "Bouton qui demande le message de réinitialisation.",
    "signed_in": "Visible d’un usager connecté seulement.",
    "open_request": "Lien qui commence une demande de titre.",
    "category_list": "Ce qui contient les catégories, même vide.",
    "category_options": "Toutes les catégories proposées.",
    "category_option": "Une catégorie ; {category} en est le nom.",
    "category_next": "Bouton qui continue avec la catégorie choisie.",
    "category_kept": "Endroit où la page suivante rappelle la catégorie choisie.",
    "open_documents": "Lien ou bouton qui mène aux pièces justificatives.",
    "file_input": "Champ d’envoi d’un fichier.",
    "document_rows": "Une ligne par pièce déposée.",
    "document_name": "Dans une ligne : le nom du fichier.",
    "document_size": "Dans une ligne : la taille du fichier.",
    "document_remove": "Dans une ligne : le bouton qui retire la pièce.",
    "error_alert": "Message d’erreur du site ; ne doit pas se montrer quand tout va bien.",
    "spinner": "Signe de chargement ; ne doit pas rester quand la page est prête.",
    "cookie_banner_accept": "Bouton qui écarte le bandeau sur les cookies.",
    "captcha": "Preuve d’humanité demandée ; ne doit pas se montrer quand tout va bien.",
}
