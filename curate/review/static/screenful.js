// The grid on the page: fetches a screenful, draws it, and sends its answers.

import {drawActions} from "./actions.js";
import {stopBlinking} from "./compare.js";
import {find, make} from "./dom.js";
import {Grid, room, showGrid} from "./grid.js";
import {thumbUrl} from "./preload.js";
import {get} from "./server.js";
import {asked, keepAddress, nameOf, preloader, say, sendAnswers, session, take} from "./session.js";

export let grid = null;

// Draws the next screenful; `decide(decision)` decides all of it.
export async function drawScreenful(decide, going) {
  stopBlinking();
  find("main").dataset.mode = "grid";
  delete find("main").dataset.item;
  find("panel").replaceChildren();
  const {columns, count} = room(find("stage"));
  const answer = await get("/api/grid", {...asked(), count, aside: [...session.aside].join(",")});
  take(answer);
  keepAddress(null);
  grid = new Grid(answer, columns);
  if (!grid.items.length) {
    find("question").replaceChildren("Nothing to decide by the screenful");
    find("stage").replaceChildren(make("p", {class: "end"}, "What is left, if anything, needs a look of its own: press G."));
    drawActions([], going());
    return;
  }
  const view = showGrid(grid, nameOf, decide);
  find("question").replaceChildren(...view.question);
  find("stage").replaceChildren(...view.stage);
  grid.onPaint = () => drawActions(view.actions(), going());
  grid.paint();
  grid.tiles[0].focus({preventScroll: true});
  for (const sha256 of answer.next.flat()) preloader.image(thumbUrl(sha256));
}

export async function decideScreenful(decision) {
  const answers = grid.answers(decision);
  const word = `${answers.length} at once: ${decision}`;
  if (answers.length) await sendAnswers(answers, word);
  for (const id of grid.waiting) session.aside.add(id);
  session.last = {answer: {decision, label: null}, word: decision};
  say(word);
}

// Returns whether the key was one of the grid's own.
export function gridKey(name) {
  const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -grid.columns, ArrowDown: grid.columns}[name];
  if (!grid.items.length || !(step || name === " ")) return false;
  if (step) grid.move(step);
  else grid.toggle();
  return true;
}
