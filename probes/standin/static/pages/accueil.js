// The home page: entries and news.
import { el, francais } from "../dom.js";

const CONNEXION = "#/espace-personnel/connexion-inscription";

const ENTREES = [
  ["Se connecter", CONNEXION, "Retrouver vos démarches, vos documents et vos notifications."],
  ["Première visite\u00a0? Créer votre compte", CONNEXION,
    "Munissez-vous de votre numéro étranger ou de votre visa."],
  ["Je demande ou renouvelle un titre de séjour", "#/espace-personnel/demande/categorie",
    "Choisir une catégorie, remplir le formulaire, joindre vos pièces."],
  ["Je valide mon VLS-TS", "#/informations",
    "Dans les trois mois qui suivent votre arrivée en France."],
];

const NOUVEAUX_NOMS = ["Entrer dans mon espace", "Ouvrir un espace", "Commencer une démarche",
  "Déclarer mon arrivée"];

function entree([label, href, hint], closed) {
  const attributes = closed
    ? { class: "entree", role: "link", "aria-disabled": "true" }
    : { class: "entree", href };
  return el("li", {}, el("a", attributes, el("b", {}, label), el("span", {}, hint)));
}

function tuile([, href, hint], index) {
  return el("button", { class: "tuile", type: "button", onclick: () => { location.hash = href; } },
    NOUVEAUX_NOMS[index], el("br"), el("small", {}, hint));
}

function actualite(item) {
  return el("article", { class: "actualite" }, el("time", {}, item.date),
    el("h3", {}, francais(item.titre)), el("p", {}, francais(item.texte)));
}

export function accueil(settings, nouvelle) {
  const title = settings.maintenance ? "p" : "h1";
  const entrees = nouvelle("accueil")
    ? el("div", { class: "tuiles" }, ...ENTREES.map(tuile))
    : el("ul", { class: "entrees" }, ...ENTREES.map((one) => entree(one, settings.maintenance)));
  return [
    el("section", { class: "accueil" },
      el(title, {}, "Vos démarches de séjour en ligne"),
      el("p", {}, "Demandez ou renouvelez votre titre de séjour, suivez votre dossier et " +
        "téléchargez vos attestations depuis votre espace personnel.")),
    entrees,
    el("h2", {}, "Actualités"),
    el("section", { class: "actualites" }, ...settings.actualites.map(actualite)),
  ];
}
