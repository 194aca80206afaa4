// The decisions as buttons, each with its key: one list serves both.

import {find, key, make} from "./dom.js";
import {shown} from "./keys.js";

let actions = [];

// An action has a key, words, a style and what it runs. `hidden` ones do nothing now, `silent` ones have no button.
// `tools` look at the pictures in another way, `going` ones move on or back.
export function drawActions(deciding, going, tools = []) {
  actions = [...deciding, ...tools, ...going].filter((action) => !action.hidden);
  const focused = document.activeElement?.closest?.("#actions button")?.dataset.key;
  const row = (name, list) => make("div", {class: name}, list.filter((a) => !a.hidden && !a.silent).map(button));
  find("actions").replaceChildren(row("deciding", deciding), row("tools-row", tools), row("going", going));
  if (focused) find("actions").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function button(action) {
  return make("button", {
    type: "button", class: action.style, data: {key: action.key}, "aria-keyshortcuts": action.key,
    "aria-pressed": action.pressed === undefined ? null : String(action.pressed),
    "data-proposed": action.proposed ? "" : null, onclick: action.run,
  }, key(shown(action.key)), make("span", {}, action.words));
}

export const actionOf = (name) => actions.find((action) => action.key === name);
