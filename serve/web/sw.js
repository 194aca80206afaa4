// The offline shell: the page's own files as of one version, and what was last heard of markets, classes and facts.
// shell.js names the version, the files and what is in them; tools/stamp_web.py writes it.

importScripts("shell.js");

const { version, files } = self.shell;
const SHELL = `shell-${version}`;
const HEARD = "heard";
// A module is asked for with other headers than the same file was kept with; an address says all that matters here.
const ANY = { ignoreVary: true };
const MOST_HEARD = 300; // answers and example pictures; the oldest go first
const HEARABLE = /^\/(markets$|classes(\/|$)|examples\/)/;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(SHELL);
      await Promise.all(Object.keys(files).map(async (file) => cache.put(file, await fetchFile(file))));
    })(),
  );
});

/** Return a file of this very version: the copy that the browser has from loading the page, where that is the same. */
async function fetchFile(file) {
  for (const cache of ["force-cache", "reload"]) {
    const answer = await fetch(file, { cache });
    if (answer.ok && (await digest(answer.clone())) === files[file]) return answer;
  }
  throw new Error(`${file} is of another version`); // the server changes right now: tried again at the next visit
}

async function digest(answer) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await answer.arrayBuffer()));
  return [...bytes.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== SHELL && name !== HEARD) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && pathname === "/") event.respondWith(shellFirst("./"));
  else if (Object.hasOwn(files, pathname.slice(1))) event.respondWith(shellFirst(request));
  else if (HEARABLE.test(pathname)) event.respondWith(freshFirst(request));
});

async function shellFirst(request) {
  const cache = await caches.open(SHELL);
  return (await cache.match(request, ANY)) ?? fetch(request);
}

async function freshFirst(request) {
  const cache = await caches.open(HEARD);
  try {
    return keep(cache, request, await fetch(request));
  } catch (error) {
    const heard = await cache.match(request, ANY);
    if (heard) return heard;
    throw error;
  }
}

async function keep(cache, request, answer) {
  if (answer.ok) {
    await cache.put(request, answer.clone());
    for (const old of (await cache.keys()).slice(0, -MOST_HEARD)) await cache.delete(old);
  }
  return answer;
}
