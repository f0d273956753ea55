// The portal's application: settings, hash routes, the frame around every page.
import { charger } from "./api.js";
import { alerte, chargement, el, lien } from "./dom.js";
import { accueil } from "./pages/accueil.js";
import { mentions } from "./pages/mentions.js";
import { compte } from "./pages/compte.js";
import { connexion, estRetour, ouvrirSession } from "./pages/connexion.js";
import { categorie, formulaire } from "./pages/demande.js";
import { documents, recapitulatif } from "./pages/documents.js";
import { dossier } from "./pages/dossier.js";
import { modules } from "./pages/modules.js";

const REPETITION = "Site de répétition — aucune démarche réelle";

const ROUTES = {
  "/": accueil,
  "/espace-personnel/connexion-inscription": connexion,
  "/espace-personnel/mon-compte": compte,
  "/espace-personnel/mon-dossier": dossier,
  "/espace-personnel/demande/categorie": categorie,
  "/espace-personnel/demande/formulaire": formulaire,
  "/espace-personnel/demande/documents": documents,
  "/espace-personnel/demande/recapitulatif": recapitulatif,
  "/informations": mentions,
};

function cadre(settings, main) {
  const nav = el(
    "nav",
    { "aria-label": "Navigation principale" },
    lien("Accueil", "#/"),
    lien("Mon espace", "#/espace-personnel/mon-compte"),
  );
  const enseigne = lien("", "#/", { class: "enseigne" });
  enseigne.append(
    el("span", { class: "enseigne__signe", "aria-hidden": "true" }),
    el("span", {}, el("b", {}, "Étrangers en France"),
      el("small", {}, "Démarches en ligne · répétition")),
  );
  return [
    el("p", { class: "repetition" }, REPETITION),
    el("header", { class: "entete" }, el("div", { class: "cadre entete__rang" }, enseigne, nav)),
    settings.maintenance ? bandeau() : null,
    main,
    el("footer", { class: "pied" }, el("div", { class: "cadre" }, el("p", {},
      `${REPETITION}. Ce site n’appartient à aucune administration\u00a0; les personnes et les ` +
      "dossiers y sont inventés."))),
  ].filter(Boolean);
}

function bandeau() {
  return el("section", { class: "bandeau", role: "alert" }, el("div", { class: "cadre" },
    el("h1", {}, "Site en maintenance"),
    el("p", {}, "Une opération de maintenance est en cours. Les démarches sont fermées jusqu’à " +
      "18\u00a0h.")));
}

function cookies() {
  const fermer = (choix) => () => {
    document.cookie = `cookies=${choix}; path=/; samesite=lax`;
    document.querySelector(".cookies").remove();
  };
  return el("div", { class: "cookies", role: "dialog", "aria-modal": "true",
    "aria-label": "Gestion des cookies" },
    el("div", { class: "cookies__boite" },
      el("h2", {}, "Ce site utilise des cookies"),
      el("p", {}, "Ils servent à mesurer la fréquentation du site."),
      el("div", { class: "actions" },
        el("button", { class: "bouton", type: "button", id: "cookies-accepter",
          onclick: fermer("oui") }, "Tout accepter"),
        el("button", { class: "bouton bouton--clair", type: "button",
          onclick: fermer("non") }, "Tout refuser"))));
}

function nouvelle(settings, page) {
  return settings.presentation === "nouvelle" ||
    (settings.presentation === "mixte" && page === "categorie");
}

async function afficher(settings, root) {
  const main = el("main", { class: "cadre", tabindex: "-1" }, chargement());
  root.replaceChildren(...cadre(settings, main));
  if (settings.attente) return;
  const path = location.hash.replace(/^#/, "").split("?")[0] || "/";
  const page = ROUTES[path] || accueil;
  try {
    if (settings.prealable) await charger(settings.prealable);
    if (estRetour(location.hash)) await ouvrirSession(location.hash);
    else main.replaceChildren(...[await page(settings, (part) => nouvelle(settings, part))].flat());
  } catch (error) {
    if (!error.status && error.status !== 0) throw error;
    main.replaceChildren(
      el("h1", {}, "Nous n’avons pas pu afficher cette page"),
      alerte(error.message),
      el("p", {}, lien("Revenir à la page de connexion", "#/espace-personnel/connexion-inscription")),
    );
  }
}

async function demarrer() {
  const root = document.getElementById("app");
  root.append(chargement());
  const settings = await (await fetch("/usagers/assets/parametres.json")).json();
  addEventListener("hashchange", () => afficher(settings, root));
  await afficher(settings, root);
  if (settings.cookies && !document.cookie.includes("cookies=")) document.body.append(cookies());
  modules(settings.modules);
}

demarrer();
