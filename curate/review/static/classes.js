// Type-ahead over all classes, the likeliest first: name, label, class id or model series.

import {find, key, make} from "./dom.js";

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

// Returns the ids of `order` whose words begin with every word that was typed.
export function match(typed, order, classes) {
  const wanted = plain(typed).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return order.filter((id) => {
    const row = classes.get(id);
    const words = plain([row.name, row.label, id, row.series, row.other_series].filter(Boolean).join(" "))
      .split(/[^\p{L}\p{N}]+/u);
    return wanted.every((start) => words.some((word) => word.startsWith(start)));
  });
}

// Returns the box: an input with a list below. `choose` is called with a class id.
export function classBox({order, classes, digits, own, choose, leave}) {
  let found = order;
  let active = 0;
  const list = make("ul", {id: "class-list", role: "listbox", "aria-label": "Classes, the likeliest first"});
  const input = make("input", {
    id: "class-input", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", enterkeyhint: "done",
    "aria-controls": "class-list", "aria-expanded": "true", "aria-autocomplete": "list",
    placeholder: "Class, model or series: e est, W213 …",
    oninput: () => { found = match(input.value, order, classes); active = 0; draw(); },
    onkeydown: (event) => {
      if (event.isComposing) return;
      const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
      if (step && found.length) {
        active = (active + step + found.length) % found.length;
        draw();
      } else if (event.key === "Enter" && found.length) {
        choose(found[active]);
      } else if (event.key === "Escape") {
        input.value = "";
        found = order;
        active = 0;
        draw();
        leave();
      } else {
        return;
      }
      event.preventDefault();
    },
  });
  function draw() {
    list.replaceChildren(...found.map((id, n) => make("li", {
      id: `class-${n}`, role: "option", "aria-selected": n === active ? "true" : "false", data: {id},
      onclick: () => choose(id),
    }, digits[id] ? key(digits[id]) : null, make("span", {}, classes.get(id).name),
    id === own ? make("small", {}, "now") : make("small", {}, classes.get(id).series?.replaceAll("|", " ") ?? ""))));
    if (!found.length) list.append(make("li", {class: "none", role: "option", "aria-disabled": "true"}, "no such class"));
    if (found.length) input.setAttribute("aria-activedescendant", `class-${active}`);
    else input.removeAttribute("aria-activedescendant");
    list.children[active]?.scrollIntoView?.({block: "nearest"});
  }
  draw();
  return make("div", {class: "classes"},
    make("label", {for: "class-input"}, key("L"), " It is another class"), input, list);
}

export const focusClasses = () => find("class-input")?.focus();
