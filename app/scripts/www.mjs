// Makes www/ from serve/web/: the same files, with the service's address written in.
//
// WHATBENZ_SERVER: the address, https://…; without it http://localhost:8080, for a simulator on this machine.

import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const HERE = new URL("../", import.meta.url);
const WEB = new URL("../serve/web/", HERE);
const WWW = new URL("www/", HERE);
const LOCAL = "http://localhost:8080";
const NOT_IN_AN_APP = [
  "sw.js",
  "shell.js",
  "manifest.webmanifest",
  "icons/icon-192.png",
  "icons/icon-512.png",
  "icons/maskable-512.png",
  "icons/apple-touch-icon.png",
];

/** Return the origin of the service, checked. */
export function serverOf(address) {
  if (!address) {
    console.warn(
      `WHATBENZ_SERVER is not set: this build asks ${LOCAL}. For a phone: WHATBENZ_SERVER=https://… npm run sync`,
    );
    return LOCAL;
  }
  const { protocol, hostname, origin, pathname, search } = new URL(address);
  const local = ["localhost", "127.0.0.1", "10.0.2.2"].includes(hostname);
  if (protocol !== "https:" && !(local && protocol === "http:"))
    throw new Error(`WHATBENZ_SERVER=${address}: phones ask https addresses alone`);
  if (pathname !== "/" || search)
    throw new Error(`WHATBENZ_SERVER=${address}: give the origin alone, such as ${origin}`);
  return origin;
}

/** Replace `before`, which must be there, by `after` in a file of www/. */
function rewrite(name, before, after) {
  const file = new URL(name, WWW);
  const text = readFileSync(file, "utf8");
  if (!text.includes(before))
    throw new Error(`serve/web/${name} has no ${before}: change app/scripts/www.mjs with it`);
  writeFileSync(
    file,
    text.replace(before, () => after),
  );
}

const server = serverOf(process.env.WHATBENZ_SERVER);
// What the service sends as a header, the app has in its page.
const policy = [
  "default-src 'self'",
  `connect-src 'self' ${server}`,
  `img-src 'self' blob: data: ${server}`,
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

rmSync(WWW, { recursive: true, force: true });
cpSync(WEB, WWW, { recursive: true });
for (const name of NOT_IN_AN_APP) rmSync(new URL(name, WWW));
rewrite("scripts/place.js", 'export const SERVER = "";', `export const SERVER = ${JSON.stringify(server)};`);
rewrite(
  "index.html",
  '<meta charset="utf-8">',
  `<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="${policy}">`,
);
rewrite("index.html", '<link rel="manifest" href="manifest.webmanifest">\n', "");
rewrite("index.html", '<link rel="apple-touch-icon" href="icons/apple-touch-icon.png">\n', "");
console.log(`www/ asks ${server}`);
