// The service's answers. Every failure is a Trouble.

import { SERVER } from "./place.js";
import { Trouble } from "./trouble.js";

const SECONDS = 30;
const REASONS = {
  400: "unreadable",
  413: "large",
  415: "unreadable",
  422: "unreadable",
  429: "hurried",
  503: "busy",
};

/** Return the address of one of the service's paths. */
export const at = (path) => (path.startsWith("/") ? SERVER + path : path);

/** Return the answer to one picture, a Blob, with the facts of `market`. */
export function predict(picture, market, signal) {
  const type = picture.type || "application/octet-stream";
  return ask(`/predict?${query(market)}top=3`, {
    method: "POST",
    body: picture,
    headers: { "Content-Type": type },
    signal,
  });
}

/** Return the facts of one class in one market. */
export const fetchFacts = (classId, market) => ask(`/classes/${encodeURIComponent(classId)}?${query(market)}`);

/** Return all classes, in the order of their names. */
export async function fetchClasses() {
  const { classes } = await ask("/classes");
  return classes.sort((a, b) => a.name.localeCompare(b.name));
}

export const fetchMarkets = () => ask("/markets");

/** Send what the reader says of an answer; `picture` goes along only where they agreed to it. */
export function sendFeedback(feedback, picture) {
  if (!picture) {
    const headers = { "Content-Type": "application/json" };
    return ask("/feedback", { method: "POST", headers, body: JSON.stringify(feedback) });
  }
  const form = new FormData();
  for (const [name, value] of Object.entries(feedback)) form.set(name, String(value));
  form.set("image", picture, "photo");
  return ask("/feedback", { method: "POST", body: form });
}

const query = (market) => (market ? `market=${encodeURIComponent(market)}&` : "");

async function ask(path, options = {}) {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(), SECONDS * 1000);
  options.signal?.addEventListener("abort", () => clock.abort());
  try {
    const answer = await fetch(at(path), { ...options, signal: clock.signal });
    if (!answer.ok)
      throw new Trouble(REASONS[answer.status] ?? "failed", Number(answer.headers.get("Retry-After")) || null);
    return await answer.json();
  } catch (error) {
    if (error instanceof Trouble || options.signal?.aborted) throw error;
    if (clock.signal.aborted) throw new Trouble("slow");
    throw new Trouble(navigator.onLine ? "away" : "offline");
  } finally {
    clearTimeout(timer);
  }
}
