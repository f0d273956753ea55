// Building the page: elements, alerts, loading. Text never passes through innerHTML.

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

export function alerte(message, kind = "fr-alert--error") {
  const role = kind === "fr-alert--error" ? "alert" : "status";
  return el("div", { class: `alerte ${kind}`, role }, el("p", {}, message));
}

export function chargement(text = "Chargement en cours…") {
  return el("div", { class: "chargement", role: "status" }, text);
}

// French typography for what comes from data: a narrow or plain space never breaks there.
export function francais(text) {
  return text.replace(/ ([:;?!»])/g, "\u00a0$1").replace(/« /g, "«\u00a0");
}

export function octets(size) {
  const grouped = String(size).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
  return `${grouped}\u00a0octet${size > 1 ? "s" : ""}`;
}

export function lien(label, href, attributes = {}) {
  return el("a", { href, ...attributes }, label);
}
