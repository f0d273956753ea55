// What a careless page does besides: third parties, requests of its own, workers, sockets.

const ACTES = {
  image: (address) => { new Image().src = address; },
  envoi: (address) => { fetch(address, { method: "POST" }).catch(() => {}); },
  balise: (address) => { navigator.sendBeacon(address, "{}"); },
  veille: (address) => {
    if ("serviceWorker" in navigator) navigator.serviceWorker.register(address).catch(() => {});
  },
  canal: (address) => {
    const url = new URL(address, location.href);
    url.protocol = "ws:";
    new WebSocket(url);
  },
};

export function modules(wanted) {
  for (const [name, address] of Object.entries(wanted)) ACTES[name](address);
}
