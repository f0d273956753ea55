// The account of a signed-in user: dashboard, notifications, documents.
import { appel } from "../api.js";
import { alerte, el, lien } from "../dom.js";
import { usager } from "./connexion.js";

function fiche(moi) {
  const rows = [
    ["Nom", `${moi.prenom} ${moi.nom}`],
    ["Numéro étranger", moi.numero_etranger],
    ["Adresse électronique", moi.email],
    ["Date de naissance", moi.date_naissance],
    ["Nationalité", moi.nationalite],
    ["Adresse", moi.adresse],
  ];
  return el("dl", { class: "fiche" }, ...rows.flatMap(([name, value]) => [
    el("dt", {}, name), el("dd", { class: "donnee-personnelle" }, value)]));
}

function ouverture(moi, nouvelle) {
  const message = moi.blocking.should_be_blocked
    ? "Votre compte est bloqué. Contactez le centre de contact citoyens."
    : "Un dossier est en cours d’instruction\u00a0: vous ne pouvez pas ouvrir de nouvelle demande.";
  if (moi.blocking.should_be_blocked || moi.dossier_en_cours.has_dossier_en_cours) {
    return alerte(message, "alerte--attention");
  }
  const label = nouvelle("compte") ? "Commencer une démarche" : "Je demande ou renouvelle un titre de séjour";
  const css = nouvelle("compte") ? "tuile" : "bouton nouvelle-demande";
  return lien(label, "#/espace-personnel/demande/categorie", { class: css });
}

function demandes(list) {
  return el("div", { class: "mes-dossiers" }, el("h2", {}, "Mes demandes"),
    el("div", { class: "defile" }, el("table", {},
      el("thead", {}, el("tr", {}, ...["Numéro", "Objet", "État"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, ...list.map((one) => el("tr", {},
        el("td", { class: "donnee-personnelle" }, one.numero), el("td", {}, one.objet),
        el("td", {}, el("span", { class: "pastille" }, one.etat))))))),
    el("p", {}, lien("Suivre l’avancement de mon dossier", "#/espace-personnel/mon-dossier",
      { class: "suivre-dossier" })));
}

function notifications(list) {
  return el("table", { class: "notification-table" },
    el("thead", {}, el("tr", {}, ...["Date", "Objet", "Demande"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, ...list.map((one) => el("tr", {}, el("td", {}, one.date),
      el("td", {}, one.lu ? one.objet : el("b", {}, one.objet)),
      el("td", { class: "donnee-personnelle" }, one.demande)))));
}

function attestations(list) {
  return el("ul", { class: "attestations" }, ...list.map((one) => el("li", {},
    lien(`${one.libelle} (${one.date})`, `/api/sejour/usager/attestations/${one.fichier}`,
      { download: one.fichier, class: "attestation" }))));
}

function onglets(parts) {
  const panel = el("div", { role: "tabpanel" }, parts[0][1]);
  const buttons = parts.map(([name, content], index) => el("button", {
    type: "button", role: "tab", "aria-selected": String(index === 0),
    onclick: () => choisir(index, content) }, el("span", { class: "ui-tabview-title" }, name)));
  function choisir(index, content) {
    buttons.forEach((button, i) => button.setAttribute("aria-selected", String(i === index)));
    panel.replaceChildren(content);
  }
  return [el("div", { class: "onglets", role: "tablist" }, ...buttons), panel];
}

export async function compte(settings, nouvelle) {
  const moi = await usager();
  const [notes, nonLues, liste, pieces] = await Promise.all([
    appel("/api/notifications"),
    appel("/api/notifications/non-lu"),
    appel("/api/sejour/usager/demande_sejour"),
    appel("/api/sejour/usager/attestations"),
  ]);
  const tableau = nouvelle("compte") ? "apercu" : "tableau-de-bord";
  return el("div", { class: tableau },
    el("h1", {}, "Mon espace personnel"),
    el("div", { class: "colonnes" },
      el("section", { class: "carte" }, el("h2", {}, "Mes informations"), fiche(moi)),
      el("section", { class: "carte" }, el("h2", {}, "Une nouvelle demande"),
        el("p", {}, "Choisissez une catégorie, remplissez le formulaire, joignez vos pièces."),
        ouverture(moi, nouvelle))),
    el("section", { class: "carte" }, ...onglets([
      [`Notifications (${nonLues.non_lu})`, notifications(notes)],
      ["Mes demandes", demandes(liste)],
      ["Mes attestations", attestations(pieces)],
    ])),
    el("p", {}, lien("Suivre l’avancement de mon dossier", "#/espace-personnel/mon-dossier",
      { class: "suivre-dossier" })));
}
