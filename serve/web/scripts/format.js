// Numbers, prices, dates and names of countries and languages, as the reader's locale writes them.

import { locale } from "./words.js";

function range(format, low, high) {
  if (low === high || high === null || high === undefined) return format.format(low);
  return format.formatRange ? format.formatRange(low, high) : `${format.format(low)} – ${format.format(high)}`;
}

/** Return a price or a range of prices, whole units of `currency` (ISO 4217). */
export function prices(low, high, currency) {
  return range(new Intl.NumberFormat(locale(), { style: "currency", currency, maximumFractionDigits: 0 }), low, high);
}

/** Return a number or a range of numbers, without decimals. */
export function numbers(low, high) {
  return range(new Intl.NumberFormat(locale(), { maximumFractionDigits: 0 }), Math.round(low), Math.round(high));
}

/** Return a probability in per cent. It never says 0 or 100: no model is that sure. */
export function share(probability) {
  const format = new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 });
  if (probability < 0.01) return `< ${format.format(0.01)}`;
  return probability > 0.99 ? `> ${format.format(0.99)}` : format.format(probability);
}

/** Return a day: `date` is an ISO date or a Date. */
export function day(date) {
  const parsed = typeof date === "string" ? new Date(`${date.slice(0, 10)}T12:00:00`) : date;
  return Number.isNaN(parsed.valueOf())
    ? String(date)
    : new Intl.DateTimeFormat(locale(), { dateStyle: "long" }).format(parsed);
}

/** Return a moment, a number as of Date.now(), as short date and time. */
export function moment(time) {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(time);
}

function named(type, code) {
  try {
    return new Intl.DisplayNames([locale()], { type }).of(code) ?? code;
  } catch {
    return code; // not a code that Intl has a name for, such as PS-GZA
  }
}

export const country = (code) => named("region", code);
export const tongue = (code) => named("language", code);
