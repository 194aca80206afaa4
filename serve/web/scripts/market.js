// The market whose prices are shown: chosen and remembered, or the one that fits the browser's languages best.

import { country, tongue } from "./format.js";
import { make } from "./dom.js";
import { recall, remember } from "./memory.js";
import { fetchMarkets } from "./server.js";
import { locale } from "./words.js";

let loading = null;
let markets = [];
let chosen = recall("market");

/** Return the market's id, once it is known; null where the service cannot be asked, which then chooses itself. */
export async function market() {
  loading ??= fetchMarkets();
  try {
    const answer = await loading;
    markets = answer.markets;
    if (!markets.some((m) => m.market_id === chosen)) chosen = fitting(navigator.languages, answer);
  } catch {
    loading = null; // asked again the next time
  }
  return chosen;
}

/**
 * Return the id of the market for a list of language tags, the preferred first.
 *
 * A country in any tag outweighs the order of languages: en, de-CH is somebody in Switzerland.
 */
export function fitting(tags, { markets: all, default: otherwise }) {
  const wanted = tags.map((tag) => new Intl.Locale(tag));
  for (const { language, region } of wanted) {
    const there = region ? all.filter((m) => m.country === region) : [];
    const spoken =
      there.find((m) => m.language === language) ??
      there.find((m) => wanted.some((w) => w.language === m.language)) ??
      there[0];
    if (spoken) return spoken.market_id;
  }
  for (const { language, region } of wanted) {
    const home = region ?? new Intl.Locale(language).maximize().region;
    const speaking = all.filter((m) => m.language === language);
    const found =
      speaking.find((m) => m.country === home) ?? speaking.find((m) => m.market_id === otherwise) ?? speaking[0];
    if (found) return found.market_id;
  }
  return otherwise;
}

/** Return a labelled list of all markets; `onChange` is called with the id that was chosen, after it is remembered. */
export function marketChoice(label, onChange) {
  const several = new Set(markets.map((m) => m.country).filter((c, place, all) => all.indexOf(c) !== place));
  const named = markets
    .map((m) => ({
      id: m.market_id,
      name: country(m.country) + (several.has(m.country) ? ` (${tongue(m.language)})` : ""),
    }))
    .sort((a, b) => a.name.localeCompare(b.name, locale()));
  const list = make(
    "select",
    {
      id: "market",
      on: {
        change: () => {
          chosen = list.value;
          remember("market", chosen);
          onChange(chosen);
        },
      },
    },
    named.map(({ id, name }) => make("option", { value: id, selected: id === chosen }, name)),
  );
  return make("p", { class: "choice" }, make("label", { for: "market" }, label), list);
}
