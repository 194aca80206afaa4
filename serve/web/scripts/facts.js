// What a class is sold with in the chosen market.

import { make } from "./dom.js";
import { country, day, numbers, prices, tongue } from "./format.js";
import { market, marketChoice } from "./market.js";
import { announce } from "./notice.js";
import { fetchFacts } from "./server.js";
import { Trouble } from "./trouble.js";
import { say, sayCount, sayIfKnown } from "./words.js";

/**
 * Return the section with a class's facts and the list of markets.
 *
 * `known`: facts that are there already, or null. They show where they are of the chosen market, or where the service
 * cannot be asked. The section fills itself.
 */
export function factsSection(classId, known = null) {
  const head = make("div", { class: "facts-head" }, make("h2", {}, say("facts.title")));
  const body = make("div", { class: "facts-body" });
  const section = make("section", { "class": "facts", "aria-busy": "true" }, head, body);

  async function show(id, spoken = false) {
    section.setAttribute("aria-busy", "true");
    try {
      const facts = known?.market_id === id ? known : await fetchFacts(classId, id);
      body.replaceChildren(...describe(facts));
      if (spoken) announce(say("facts.changed", { market: `${country(facts.country)}, ${tongue(facts.language)}` }));
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      body.replaceChildren(
        ...(known && !spoken
          ? describe(known)
          : [
              make("p", { class: "quiet" }, say(`facts.${reasonOf(error)}`)),
              make("button", { type: "button", on: { click: () => show(id, true) } }, say("again")),
            ]),
      );
    }
    section.setAttribute("aria-busy", "false");
  }

  market().then((id) => {
    if (id) head.append(marketChoice(say("market"), (other) => show(other, true)));
    return show(id);
  });
  return section;
}

const reasonOf = (trouble) => (trouble.reason === "offline" ? "offline" : "away");

function describe(facts) {
  const { sold, successor } = facts;
  const parts = [];
  if (sold === false) parts.push(make("p", { class: "unsold" }, say("facts.unsold"), " ", follower(successor)));
  const shown = sold ? facts : { ...facts, ...successor }; // country and language stay the market's
  if (sold || successor) parts.push(...describeModels(shown));
  else if (sold !== false) parts.push(make("p", { class: "quiet" }, say("facts.none")));
  return parts;
}

/** Return the sentence that names the later series which the market sells in the class's place. */
function follower(successor) {
  if (!successor) return "";
  const series = successor.series?.length ? ` (${successor.series.join(", ")})` : "";
  return make("span", {}, say("facts.successor"), " ", make("b", {}, successor.name + series));
}

function describeModels(facts) {
  const parts = [];
  if (facts.invented) {
    const invented = make("strong", {}, say("invented"));
    parts.push(make("p", { class: "invented" }, invented, " ", say("invented.more")));
  }
  if (facts.price) parts.push(price(facts));
  const rows = [
    power(facts),
    listed("fuel", facts.fuel_types, (fuel) => sayIfKnown(`fuel.${fuel}`) ?? fuel),
    listed("transmission", facts.transmissions, null, facts.language),
  ].filter(Boolean);
  if (rows.length) parts.push(make("dl", {}, rows));
  if (facts.paints.length) parts.push(...paints(facts));
  return parts;
}

function price({ price: { min, max, currency, gross }, model_count: count, pricing_date: date, country: code }) {
  const notes = [say(gross ? "price.gross" : "price.net")];
  if (count) notes.push(sayCount("price.models", count));
  notes.push(date ? say("price.list", { country: country(code), day: day(date) }) : country(code));
  return make(
    "div",
    { class: "price" },
    make("p", { class: "amount" }, prices(min, max, currency)),
    make("p", { class: "quiet" }, notes.join(" · ")),
  );
}

function power({ power: range }) {
  if (!range) return null;
  const horses = range.min_hp ? ` (${numbers(range.min_hp, range.max_hp)}\u00a0${say("horsepower")})` : "";
  return row("power", make("dd", {}, `${numbers(range.min_kw, range.max_kw)}\u00a0kW${horses}`));
}

function listed(name, values, translated, lang = null) {
  const texts = [...new Set(values.map(translated ?? ((value) => value)))];
  return texts.length
    ? row(
        name,
        make(
          "dd",
          {},
          make(
            "ul",
            { class: "tags", lang },
            texts.map((text) => make("li", {}, text)),
          ),
        ),
      )
    : null;
}

const row = (name, value) => make("div", {}, make("dt", {}, say(`facts.${name}`)), value);

function paints({ paints: all, price: list, language }) {
  const items = all.map(({ name, swatch, price: extra }) => {
    const dot = make("span", { "class": "swatch", "aria-hidden": "true" });
    dot.style.backgroundColor = swatch;
    const cost = extra && list ? make("small", {}, `+ ${prices(extra, extra, list.currency)}`) : null;
    return make("li", {}, dot, make("span", {}, make("span", { lang: language }, name), cost));
  });
  return [
    make("h3", {}, sayCount("facts.colours", all.length)),
    make("ul", { class: "paints" }, items),
    make("p", { class: "quiet" }, say("facts.swatches")),
  ];
}
