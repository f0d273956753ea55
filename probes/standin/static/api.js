// Calls of the JSON interface. A failure is an ErreurApi whose message can be shown.

export class ErreurApi extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const INDISPONIBLE = "Une erreur est survenue. Veuillez réessayer ultérieurement.";
const EXPIREE = "Votre session a expiré. Veuillez vous reconnecter.";
const TROP_LOURD = "Le document est trop volumineux.";

async function lire(response) {
  const type = response.headers.get("content-type") || "";
  return type.includes("json") ? response.json() : null;
}

function message(status, content) {
  if (status === 401) return EXPIREE;
  if (status === 413) return TROP_LOURD;
  return (content && content.message) || INDISPONIBLE;
}

export async function appel(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch {
    throw new ErreurApi(INDISPONIBLE, 0);
  }
  if (response.status === 204) return null;
  const content = await lire(response).catch(() => null);
  if (!response.ok) throw new ErreurApi(message(response.status, content), response.status);
  if (content === null) throw new ErreurApi(INDISPONIBLE, response.status);
  return content;
}

export function envoyer(path, content) {
  const headers = { "content-type": "application/json" };
  return appel(path, { method: "POST", headers, body: JSON.stringify(content) });
}

// Something of another site that the page cannot do without.
export async function charger(address) {
  try {
    await fetch(address, { mode: "no-cors" });
  } catch {
    throw new ErreurApi(INDISPONIBLE, 0);
  }
}
