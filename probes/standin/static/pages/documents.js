// Supporting documents of the draft, and the last page before a request is submitted.
import { appel } from "../api.js";
import { alerte, chargement, el, lien, octets } from "../dom.js";
import { BROUILLON } from "./demande.js";

const DOCUMENTS = `${BROUILLON}/documents`;

function piece(one, retirer) {
  return el("li", { class: "piece" },
    el("span", { class: "piece__nom" }, one.nom),
    el("span", { class: "piece__taille", "data-size": one.taille }, octets(one.taille)),
    el("button", { class: "bouton bouton--clair bouton--petit piece__retirer", type: "button",
      "aria-label": `Retirer ${one.nom}`, onclick: () => retirer(one.id) }, "Retirer"));
}

function envoi(file) {
  const body = new FormData();
  body.append("document", file, file.name);
  return appel(DOCUMENTS, { method: "POST", body });
}

export async function documents() {
  const pieces = el("ul", { class: "pieces", "aria-label": "Documents déposés" });
  const etat = el("div", {});

  async function relire() {
    const list = await appel(DOCUMENTS);
    pieces.replaceChildren(...list.map((one) => piece(one, retirer)));
  }

  async function pendant(text, action) {
    etat.replaceChildren(...(text ? [chargement(text)] : []));
    try {
      await action();
      await relire();
      etat.replaceChildren();
    } catch (error) {
      etat.replaceChildren(alerte(error.message));
    }
  }

  function retirer(id) {
    return pendant("", () => appel(`${DOCUMENTS}/${id}`, { method: "DELETE" }));
  }

  const champ = el("input", { type: "file", id: "piece", name: "document",
    accept: "application/pdf,image/jpeg,image/png",
    onchange: () => {
      const [file] = champ.files;
      if (file) pendant("Envoi du document en cours…", () => envoi(file));
      champ.value = "";
    } });
  await relire();
  return [
    el("p", { class: "progres" }, "Étape 3 sur 4"),
    el("h1", {}, "Vos pièces justificatives"),
    el("section", { class: "carte" },
      el("label", { class: "depot", for: "piece" }, el("b", {}, "Ajouter un document"),
        el("small", {}, "PDF, JPEG ou PNG, 5\u00a0Mo au plus."), champ),
      etat, pieces),
    el("div", { class: "actions" },
      lien("Continuer vers le récapitulatif", "#/espace-personnel/demande/recapitulatif",
        { class: "bouton" }),
      lien("Revenir au formulaire", "#/espace-personnel/demande/formulaire",
        { class: "bouton bouton--clair" })),
  ];
}

export async function recapitulatif() {
  const brouillon = await appel(BROUILLON);
  const etat = el("div", {});
  const deposer = async () => {
    await appel("/api/usager/demande/soumettre", { method: "POST" });
    etat.replaceChildren(alerte("Votre demande de répétition est déposée.", "alerte--succes"));
  };
  return [
    el("p", { class: "progres" }, "Étape 4 sur 4"),
    el("h1", {}, "Récapitulatif"),
    el("section", { class: "carte" },
      el("p", {}, "Catégorie\u00a0: ", el("strong", {}, brouillon.categorie || "aucune")),
      el("p", {}, "Une fois déposée, votre demande ne pourra plus être modifiée.")),
    etat,
    el("button", { class: "bouton deposer-demande", type: "button", onclick: deposer },
      "Déposer ma demande"),
  ];
}
