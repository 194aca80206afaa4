// Elements. Text only ever goes in as text: nothing here parses HTML.

/**
 * Return a new element.
 *
 * `attributes`: `on` holds event handlers by event, `class` and all others become attributes; `true` sets one
 * without a value, `null`, `undefined` and `false` leave it out. `children`: elements, texts, or nothing.
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Return one of the page's own signs (the symbols in index.html), hidden from screen readers. */
export function sign(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("class", "sign");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#sign-${name}`);
  drawing.append(use);
  return drawing;
}

/** Return a link to another site, or plain text where the address is not one of the web. */
export function outward(address, text) {
  return /^https?:\/\//.test(address ?? "")
    ? make("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, text)
    : document.createTextNode(text);
}
