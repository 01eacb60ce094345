// The verification page without a network: the page, the program and the styles, nothing of anybody.
const FILES = __FILES__;
const BASE = "/static/dist/";
const CACHE = `huella-${FILES.join("").length}-${FILES.map(name => name.replace(/.*-(.*)\.\w+$/, "$1")).join("")}`;
const PAGE = /^\/(en\/)?(verificar|verify)\/?$/;
const TRUST = /\/trust(\.json)?$/;

self.addEventListener("install", event => {
  const wanted = FILES.map(name => BASE + name);
  event.waitUntil(
    caches
      .open(CACHE)
      .then(cache => cache.addAll(wanted))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", event => {
  const old = caches
    .keys()
    .then(names => Promise.all(names.filter(name => name !== CACHE).map(name => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener("fetch", event => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith("/static/")) event.respondWith(kept(request));
  else if (PAGE.test(pathname) || TRUST.test(pathname)) event.respondWith(fresh(request));
});

/** Files whose names tell their content: the kept one, else the network's. */
async function kept(request) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

/** The page and the trust file: the network's, else the one seen last. */
async function fresh(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const found = await cache.match(request, { ignoreSearch: true });
    if (found) return found;
    throw error;
  }
}
