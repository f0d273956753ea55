"""The table of faults: name, area, what happens in French and in English.

The order is that of a user's path.
"""

from __future__ import annotations

TABLE: tuple[tuple[str, str, str, str], ...] = (
    ("none", "nothing", "Le site va bien.", "The site is well."),
    # the portal's answers
    ("http_500", "portal", "Le portail répond 500.", "The portal answers 500."),
    ("http_502", "portal", "Le portail répond 502.", "The portal answers 502."),
    ("http_503", "portal", "Le portail répond 503.", "The portal answers 503."),
    ("http_504", "portal", "Le portail répond 504.", "The portal answers 504."),
    (
        "maintenance_page",
        "portal",
        "Le portail est remplacé par une page de maintenance (statut 200).",
        "A maintenance page stands in for the portal (status 200).",
    ),
    (
        "maintenance_503",
        "portal",
        "Le portail est remplacé par une page de maintenance (statut 503).",
        "A maintenance page stands in for the portal (status 503).",
    ),
    (
        "maintenance_title",
        "portal",
        "Seul le titre de la page de remplacement parle de maintenance.",
        "Only the title of the page that stands in says maintenance.",
    ),
    (
        "maintenance_banner",
        "portal",
        "Un bandeau annonce une maintenance et les entrées sont désactivées.",
        "A banner announces maintenance and the entries are disabled.",
    ),
    (
        "unavailable_page",
        "portal",
        "Le portail dit « service momentanément indisponible » (statut 200).",
        "The portal says that it is unavailable for the moment (status 200).",
    ),
    (
        "connection_reset",
        "portal",
        "Le portail coupe la connexion (RST).",
        "The portal resets the connection.",
    ),
    (
        "hang_before_answer",
        "portal",
        "Le portail accepte la connexion et n’envoie rien.",
        "The portal accepts the connection and sends no byte.",
    ),
    (
        "hang_before_body",
        "portal",
        "Le portail envoie ses en-têtes, puis plus rien.",
        "The portal sends its headers, then nothing.",
    ),
    (
        "hang_during_body",
        "portal",
        "Le portail s’arrête au milieu de sa réponse.",
        "The portal stops in the middle of its answer.",
    ),
    (
        "redirect_loop",
        "portal",
        "Le portail redirige sans fin.",
        "The portal redirects without end.",
    ),
    (
        "slow_portal",
        "portal",
        "La page du portail est lente.",
        "The portal's page is slow.",
    ),
    # what the portal's page does
    ("blank_page", "page", "Le portail sert une page vide.", "The portal serves an empty page."),
    (
        "script_crash",
        "page",
        "Le script du portail échoue au démarrage.",
        "The portal's script throws at its start.",
    ),
    (
        "script_503",
        "page",
        "Le script du portail n’est pas servi (503).",
        "The portal's script is not served (503).",
    ),
    (
        "endless_spinner",
        "page",
        "Le portail charge sans fin.",
        "The portal goes on loading for ever.",
    ),
    (
        "redesign",
        "page",
        "Le portail marche, sous une nouvelle présentation.",
        "The portal works, in a new design.",
    ),
    (
        "half_redesign",
        "page",
        "Seule la page des catégories a une nouvelle présentation.",
        "Only the page of categories has a new design.",
    ),
    (
        "cookies_banner",
        "page",
        "Un bandeau sur les cookies couvre la page.",
        "A cookies banner covers the page.",
    ),
    (
        "news_words",
        "page",
        "Une actualité parle de maintenance et d’erreur 503 ; le site va bien.",
        "A news item speaks of maintenance and of error 503; the site is well.",
    ),
    (
        "third_party_request",
        "page",
        "La page appelle aussi un tiers.",
        "The page calls a third party as well.",
    ),
    (
        "third_party_redirect",
        "page",
        "Une image de la page redirige vers un tiers.",
        "A picture of the page redirects to a third party.",
    ),
    (
        "third_party_needed",
        "page",
        "La page attend un tiers avant de s’afficher.",
        "The page waits for a third party before it shows itself.",
    ),
    (
        "redirect_elsewhere",
        "page",
        "La page redirige vers un autre site.",
        "The page redirects to another site.",
    ),
    (
        "forbidden_post",
        "page",
        "La page dépose une demande d’elle-même.",
        "The page submits a request by itself.",
    ),
    (
        "forbidden_beacon",
        "page",
        "La page dépose une demande d’elle-même, par une balise.",
        "The page submits a request by itself, through a beacon.",
    ),
    (
        "service_worker",
        "page",
        "La page installe un service worker qui dépose une demande.",
        "The page installs a service worker that submits a request.",
    ),
    (
        "web_socket",
        "page",
        "La page ouvre une WebSocket.",
        "The page opens a WebSocket.",
    ),
    # the programming interface
    ("api_error", "api", "L’interface JSON répond 500.", "The JSON interface answers 500."),
    (
        "api_html",
        "api",
        "L’interface JSON répond une page HTML.",
        "The JSON interface answers an HTML page.",
    ),
    ("api_hang", "api", "L’interface JSON ne répond pas.", "The JSON interface does not answer."),
    (
        "api_403",
        "api",
        "L’interface JSON répond 403.",
        "The JSON interface answers 403.",
    ),
    (
        "session_dropped",
        "api",
        "L’interface répond 401 aussitôt la connexion faite.",
        "The interface answers 401 as soon as the user has signed in.",
    ),
    (
        "expired_session",
        "api",
        "La session expire une fois le tableau de bord affiché.",
        "The session expires once the dashboard is shown.",
    ),
    # being refused
    ("captcha", "refusal", "Le portail demande un CAPTCHA.", "The portal asks for a CAPTCHA."),
    ("forbidden_403", "refusal", "Le portail répond 403.", "The portal answers 403."),
    (
        "too_many_429",
        "refusal",
        "Le portail répond 429 avec Retry-After.",
        "The portal answers 429 with Retry-After.",
    ),
    (
        "firewall_page",
        "refusal",
        "Un pare-feu répond à la place du portail (statut 200).",
        "A firewall answers in the portal's place (status 200).",
    ),
    (
        "firewall_403",
        "refusal",
        "Un pare-feu répond à la place du portail (statut 403).",
        "A firewall answers in the portal's place (status 403).",
    ),
    # the sign-in server
    ("slow_sign_in", "sign_in", "La page de connexion est lente.", "The sign-in page is slow."),
    (
        "sso_503",
        "sign_in",
        "Le serveur de connexion répond 503.",
        "The sign-in server answers 503.",
    ),
    (
        "sso_reset",
        "sign_in",
        "Le serveur de connexion coupe la connexion (RST).",
        "The sign-in server resets the connection.",
    ),
    (
        "sso_hang",
        "sign_in",
        "Le serveur de connexion ne répond pas.",
        "The sign-in server does not answer.",
    ),
    (
        "sign_in_loop",
        "sign_in",
        "La connexion revient au formulaire sans message.",
        "Signing in leads back to the form without a message.",
    ),
    (
        "sign_in_redesign",
        "sign_in",
        "Le formulaire de connexion marche, sous une nouvelle présentation.",
        "The sign-in form works, in a new design.",
    ),
    (
        "wrong_password_always",
        "sign_in",
        "Le mot de passe est toujours refusé.",
        "The password is always refused.",
    ),
    (
        "password_expired",
        "sign_in",
        "Le mot de passe du compte a expiré.",
        "The account's password has expired.",
    ),
    (
        "reset_mail_never",
        "reset",
        "Le message de réinitialisation est annoncé et ne part pas.",
        "The reset message is announced and is not sent.",
    ),
    (
        "reset_mail_late",
        "reset",
        "Le message de réinitialisation part deux secondes plus tard.",
        "The reset message is sent two seconds later.",
    ),
    (
        "reset_page_error",
        "reset",
        "La demande de réinitialisation échoue (500).",
        "Asking for the reset message fails (500).",
    ),
    # the account
    ("account_blocked", "account", "Le compte est bloqué.", "The account is blocked."),
    (
        "pending_file",
        "account",
        "Un dossier en cours ferme le choix de la catégorie.",
        "A pending file closes the choice of a category.",
    ),
    # the choice of a category
    (
        "categories_empty",
        "category",
        "La liste des catégories est vide.",
        "The list of categories is empty.",
    ),
    (
        "category_missing",
        "category",
        "La catégorie « Visiteur » n’est pas listée.",
        'The category "Visiteur" is not listed.',
    ),
    (
        "category_disabled",
        "category",
        "Aucune catégorie n’est cliquable.",
        "No category can be clicked.",
    ),
    (
        "category_not_kept",
        "category",
        "La catégorie choisie est perdue à la page suivante.",
        "The chosen category is lost on the next page.",
    ),
    (
        "category_error",
        "category",
        "L’enregistrement de la catégorie échoue (500).",
        "Keeping the category fails (500).",
    ),
    (
        "category_hang",
        "category",
        "La liste des catégories n’arrive jamais.",
        "The list of categories never comes.",
    ),
    (
        "slow_category",
        "category",
        "La liste des catégories est lente.",
        "The list of categories is slow.",
    ),
    # documents
    ("slow_upload", "upload", "L’envoi d’un document est lent.", "Sending a document is slow."),
    (
        "upload_413",
        "upload",
        "Le document est refusé : trop volumineux (413).",
        "The document is refused: too large (413).",
    ),
    (
        "upload_415",
        "upload",
        "Le document est refusé : format non accepté (415).",
        "The document is refused: unsupported type (415).",
    ),
    (
        "upload_generic_error",
        "upload",
        "Le document est refusé sans raison donnée (422).",
        "The document is refused without a reason (422).",
    ),
    (
        "upload_lost",
        "upload",
        "Le document est accepté, puis absent de la liste.",
        "The document is accepted, then absent from the list.",
    ),
    ("upload_endless", "upload", "L’envoi ne finit jamais.", "The upload never ends."),
    (
        "upload_wrong_name",
        "upload",
        "Le document est listé sous un autre nom.",
        "The document is listed under another name.",
    ),
    (
        "upload_wrong_size",
        "upload",
        "Le document est listé avec une autre taille.",
        "The document is listed with another size.",
    ),
    (
        "upload_remove_fails",
        "upload",
        "Le retrait d’un document échoue (500).",
        "Removing a document fails (500).",
    ),
    # after the request
    (
        "progress_empty",
        "tracking",
        "L’avancement du dossier est vide.",
        "The file's progress is empty.",
    ),
    (
        "attestation_error",
        "attestation",
        "Le téléchargement de l’attestation échoue (500).",
        "Downloading the attestation fails (500).",
    ),
)
"""Read by ``faults``; ``none`` is health."""
