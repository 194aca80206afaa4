// Numbers and names in words.

export function bytes(count) {
  if (!count) return "";
  return count >= 1e6 ? `${(count / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(count / 1e3))} kB`;
}

export function size(picture) {
  const parts = [picture.width ? `${picture.width} × ${picture.height}` : null, picture.format, bytes(picture.bytes),
    picture.jpeg_quality ? `quality ${picture.jpeg_quality}` : null];
  return parts.filter(Boolean).join(" · ");
}

export const number = (value) => Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(2)).toString();

export const flagWords = (flag) => flag.replaceAll("_", " ");

// An estimate as a range, no finer than it can be trusted.
export function minutes([low, high]) {
  const round = (value) => value >= 20 ? Math.round(value / 5) * 5 : Math.round(value);
  const [from, to] = [round(low), round(high)];
  if (to < 1) return "less than a minute";
  if (from < 1) return `at most ${to} min`;
  return from === to ? `about ${to} min` : `${from} to ${to} min`;
}

export const several = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
