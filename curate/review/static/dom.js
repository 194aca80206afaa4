// Building elements: text is always set as text, so that nothing from the web is ever read as markup.

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const find = (id) => document.getElementById(id);

// A link to another site, or its text alone where the address is none that may be opened.
export function link(text, url) {
  return url ? make("a", {href: url, target: "_blank", rel: "noopener noreferrer nofollow"}, text)
    : make("span", {}, text);
}

export const key = (name) => make("kbd", {"aria-hidden": "true"}, name);
