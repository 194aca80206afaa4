// Draws the web app's PNG icons (serve/web/icons/). They are kept in git, so that the service needs no Node.

import { fileURLToPath } from "node:url";
import { drawFilled, drawIcon } from "./art.mjs";

const icon = (name) => fileURLToPath(new URL(`../../serve/web/icons/${name}.png`, import.meta.url));

await drawIcon(192, icon("icon-192"));
await drawIcon(512, icon("icon-512"));
await drawFilled(512, 0.9, icon("maskable-512"));
await drawFilled(180, 1, icon("apple-touch-icon"));
