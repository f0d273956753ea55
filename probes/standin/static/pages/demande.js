// A request: the choice of a category, then the form.
import { appel, envoyer } from "../api.js";
import { alerte, el, lien } from "../dom.js";
import { usager } from "./connexion.js";

export const BROUILLON = "/api/sejour/usager/demande_sejour/brouillon";

function ferme(moi) {
  if (moi.blocking.should_be_blocked) return "Votre compte est bloqué.";
  if (moi.dossier_en_cours.has_dossier_en_cours) {
    return "Un dossier est en cours\u00a0: le choix d’une catégorie est fermé.";
  }
  return null;
}

function options(list) {
  return list.map((one) => el("label", { class: "categorie" },
    el("input", { type: "radio", name: "categorie", value: one.libelle,
      disabled: !one.selectionnable }),
    el("span", {}, one.libelle)));
}

function tuiles(list, garder) {
  return el("div", { class: "tuiles" }, ...list.map((one) => el("button", { class: "tuile",
    type: "button", onclick: () => garder(one.libelle) }, one.libelle)));
}

async function garder(categorie, erreurs) {
  erreurs.replaceChildren();
  try {
    await envoyer(BROUILLON, { categorie });
    location.hash = "#/espace-personnel/demande/formulaire";
  } catch (error) {
    erreurs.replaceChildren(alerte(error.message));
  }
}

export async function categorie(settings, nouvelle) {
  const moi = await usager();
  const motif = ferme(moi);
  if (motif) return [el("h1", {}, "Nouvelle demande"), alerte(motif, "alerte--attention")];
  const list = await appel("/api/sejour/referentiel/categories");
  const erreurs = el("div", {});
  if (nouvelle("categorie")) {
    return [el("h1", {}, "Votre situation"), erreurs,
      tuiles(list, (label) => garder(label, erreurs))];
  }
  const suivant = el("button", { class: "bouton categorie-suivante", type: "submit",
    disabled: true }, "Suivant");
  const liste = el("fieldset", { class: "categories",
    onchange: () => { suivant.disabled = false; } },
    el("legend", {}, "Pour quelle catégorie de titre faites-vous cette demande\u00a0?"),
    ...options(list));
  const form = el("form", { class: "carte", onsubmit: (event) => {
    event.preventDefault();
    garder(new FormData(form).get("categorie"), erreurs);
  } }, liste, el("div", { class: "actions" }, suivant));
  return [el("p", { class: "progres" }, "Étape 1 sur 4"),
    el("h1", {}, "Choix de la catégorie"), erreurs, form];
}

export async function formulaire(settings, nouvelle) {
  const [moi, brouillon] = await Promise.all([usager(), appel(BROUILLON)]);
  const champ = (id, label, value) => [el("label", { for: id }, label),
    el("input", { id, type: "text", value, class: "donnee-personnelle" })];
  return [
    el("p", { class: "progres" }, "Étape 2 sur 4"),
    el("h1", {}, "Votre demande"),
    el("section", { class: "carte" },
      el("p", {}, "Catégorie choisie\u00a0: ",
        el("strong", { class: nouvelle("compte") ? "rappel" : "categorie-choisie" },
          brouillon.categorie || "aucune"))),
    el("section", { class: "carte formulaire" }, el("h2", {}, "Votre identité"),
      ...champ("nom", "Nom", moi.nom), ...champ("prenom", "Prénom", moi.prenom),
      ...champ("adresse", "Adresse en France", moi.adresse)),
    el("div", { class: "actions" },
      lien("Continuer vers les pièces justificatives", "#/espace-personnel/demande/documents",
        { class: nouvelle("compte") ? "tuile" : "bouton vers-documents" })),
  ];
}
