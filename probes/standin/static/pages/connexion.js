// Signing in: the way out to the sign-in server, and the way back with a code.
import { appel, envoyer } from "../api.js";
import { el, lien } from "../dom.js";

const CLE = "etat-connexion";

function adresse(settings) {
  const state = crypto.randomUUID();
  sessionStorage.setItem(CLE, state);
  const query = new URLSearchParams({
    client_id: "anef-usagers",
    theme: "portail-anef",
    redirect_uri: `${location.origin}/usagers/#`,
    response_mode: "fragment",
    response_type: "code",
    scope: "openid",
    state,
  });
  return `${settings.connexion}?${query}`;
}

export function connexion(settings, nouvelle) {
  const partir = () => location.assign(adresse(settings));
  const label = nouvelle("connexion") ? "Entrer dans mon espace" : "Se connecter";
  const css = nouvelle("connexion") ? "tuile" : "bouton bouton--large";
  return [
    el("h1", {}, "Connexion ou inscription"),
    el("div", { class: "colonnes" },
      el("section", { class: "carte" },
        el("h2", {}, "J’ai déjà un compte"),
        el("p", {}, "Connectez-vous avec votre numéro étranger et votre mot de passe."),
        el("button", { class: css, type: "button", disabled: settings.maintenance,
          onclick: partir }, label)),
      el("section", { class: "carte" },
        el("h2", {}, "Première visite\u00a0?"),
        el("p", {}, "Créez votre compte avec votre numéro étranger ou votre numéro de visa."),
        lien("Créer votre compte", "#/informations", { class: "bouton bouton--clair bouton--large" }))),
  ];
}

export function estRetour(hash) {
  return /^#(.*&)?code=/.test(hash);
}

export async function ouvrirSession(hash) {
  const answer = new URLSearchParams(hash.slice(1));
  const attendu = sessionStorage.getItem(CLE);
  sessionStorage.removeItem(CLE);
  if (answer.get("state") !== attendu) {
    location.replace("#/espace-personnel/connexion-inscription");
    return;
  }
  await envoyer("/api/session", { code: answer.get("code") });
  location.replace("#/espace-personnel/mon-compte");
}

export async function usager() {
  return appel("/api/usager/moi");
}
