// The page's words in the reader's language.

import { recall, remember } from "./memory.js";

export const LANGUAGES = { de: "Deutsch", en: "English" };

let words = {};
let current = "en";

/** Return the language in use: a key of `LANGUAGES`. */
export const language = () => current;

/** Return the locale for numbers, dates and names: the browser's own where it is in the page's language. */
export const locale = () => navigator.languages.find((tag) => tag.split("-")[0] === current) ?? current;

/** Load the words of `choice`, which is remembered; without one, of the language remembered or the browser's first. */
export async function loadWords(choice) {
  if (choice) remember("language", choice);
  const wanted = [recall("language"), ...navigator.languages.map((tag) => tag.split("-")[0])];
  current = wanted.find((tag) => Object.hasOwn(LANGUAGES, tag ?? "")) ?? "en";
  ({ words } = await import(`./words/${current}.js`));
  document.documentElement.lang = current;
  translate(document);
  document.documentElement.dataset.ready = "";
}

/** Return the text of `key` with `{names}` replaced by `values`. */
export function say(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Return the text of `key` if there is one, else null. For keys that come from the server, such as fuels. */
export const sayIfKnown = (key) => (Object.hasOwn(words, key) ? words[key] : null);

/** Return the text of `key.one` or `key.other`, whichever goes with `count`. */
export function sayCount(key, count) {
  const form = new Intl.PluralRules(current).select(count);
  return say(`${key}.${form === "one" ? "one" : "other"}`, { count: new Intl.NumberFormat(locale()).format(count) });
}

/** Put words into every element below `root` that names them: data-say for its text, data-say-label for its label. */
export function translate(root) {
  for (const element of root.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const element of root.querySelectorAll("[data-say-label]")) {
    element.setAttribute("aria-label", say(element.dataset.sayLabel));
  }
}
