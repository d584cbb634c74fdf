// Keeps the kiosk's page and what it loads, so that a device shows it without a network. Answers are not its business:
// the page keeps and sends them, because only an open page can say how many are waiting.
const KEPT = "servq-kiosk";
const PATIENCE_MS = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const keep = async (request, reply) => {
  if (reply.ok) await (await caches.open(KEPT)).put(request, reply.clone());
  return reply;
};
const fresh = async (request) => {
  // The page may be newer; whoever waits for a network that does not answer sees the kept one.
  try {
    return await keep(request, await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) }));
  } catch (error) {
    const kept = await caches.match(request, { ignoreSearch: true, ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
};
// Styles and scripts change their name with their content.
const lasting = async (request) => (await caches.match(request, { ignoreVary: true })) || keep(request, await fetch(request));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(lasting(request));
  else if (request.mode === "navigate") event.respondWith(fresh(request));
});
