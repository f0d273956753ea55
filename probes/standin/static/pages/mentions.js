// A page for entries that are not rehearsed.
import { el, lien } from "../dom.js";

export function mentions() {
  return el("section", { class: "avis" },
    el("h1", {}, "Démarche non répétée"),
    el("p", {}, "Cette démarche existe sur le vrai service\u00a0; elle n’est pas reproduite ici."),
    el("p", {}, lien("Revenir à l’accueil", "#/")));
}
