// The progress of the last request.
import { appel } from "../api.js";
import { alerte, el, lien } from "../dom.js";

function etape(name, index, current) {
  const state = index === current ? " active" : index < current ? " done" : "";
  return el("li", { class: `stepsBox--item${state}`,
    "aria-current": index === current ? "step" : false }, name);
}

export async function dossier() {
  const [avancement, statut] = await Promise.all([
    appel("/api/anf/dossier-stepper"),
    appel("/api/sejour/usager/statut/demande_sejour"),
  ]);
  const suite = statut.statut === "titre_remis"
    ? "Votre titre de séjour est disponible."
    : "Votre demande est en cours d’instruction.";
  return [
    el("h1", {}, "L’avancement de mon dossier"),
    el("section", { class: "carte" },
      el("p", {}, "Demande ", el("span", { class: "donnee-personnelle" }, "DEMO-2026-000417")),
      avancement.etapes.length
        ? el("ol", { class: "steps" },
          ...avancement.etapes.map((name, index) => etape(name, index, avancement.courante)))
        : alerte("L’avancement de votre dossier n’est pas disponible.", "alerte--attention"),
      el("p", {}, suite)),
    el("p", {}, lien("Revenir à mon espace", "#/espace-personnel/mon-compte")),
  ];
}
