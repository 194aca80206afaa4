// The icon in every shape, drawn from one SVG: serve/web/icons/icon.svg, a ground and a mark on it.

import { readFileSync } from "node:fs";
import sharp from "sharp";

const WHOLE = readFileSync(new URL("../../serve/web/icons/icon.svg", import.meta.url), "utf8");
const MARK = /<g id="mark"[^]*?<\/g>/.exec(WHOLE)[0];
const SIDE = 512; // of the SVG
export const GROUND = /id="ground"[^>]*fill="(#\w+)"/.exec(WHOLE)[1];

/** Return an SVG: the mark in the middle, `share` of the smaller side, on `ground` or on nothing. */
function placed(width, height, share, ground, round = false) {
  const scale = (Math.min(width, height) * share) / SIDE;
  const shape = round
    ? `<circle cx="${width / 2}" cy="${height / 2}" r="${width / 2}" fill="${ground}"/>`
    : `<rect width="${width}" height="${height}" fill="${ground}"/>`;
  const move = `translate(${(width - SIDE * scale) / 2} ${(height - SIDE * scale) / 2}) scale(${scale})`;
  const mark = `<g transform="${move}">${MARK}</g>`;
  const size = `width="${width}" height="${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${ground ? shape : ""}${mark}</svg>`;
}

const png = (svg, file) => sharp(Buffer.from(svg)).png({ compressionLevel: 9 }).toFile(file);
/** As png, without transparency: Apple's store refuses an icon that has any. */
const opaque = (svg, file) =>
  sharp(Buffer.from(svg)).flatten({ background: GROUND }).png({ compressionLevel: 9 }).toFile(file);

/** Draw the icon with its own round corners. */
export const drawIcon = (side, file) => png(WHOLE.replace("<svg ", `<svg width="${side}" height="${side}" `), file);
/** Draw the icon filled to the edges, for systems that cut it themselves; `share` is the mark's. */
export const drawFilled = (side, share, file) => opaque(placed(side, side, share, GROUND), file);
/** Draw the icon as a disc. */
export const drawDisc = (side, file) => png(placed(side, side, 1, GROUND, true), file);
/** Draw the mark alone, as the foreground of an adaptive icon: its inner 66 of 108 dp are never cut. */
export const drawForeground = (side, file) => png(placed(side, side, 0.85, null), file);
/** Draw the picture that shows while the app starts. */
export const drawSplash = (width, height, file) => opaque(placed(width, height, 0.55, GROUND), file);
