"use strict";
/* The comparison page: one option at a time with its figures beside the map, two side
   by side, or what changes between two. */

/** What an edition adds to the page; the public one adds nothing. */
const NO_EXTRAS = { dress: () => {}, shown: () => {}, lenses: [], columns: [] };

function comparisonPage(data, extras = NO_EXTRAS) {
  const { page } = data;
  const several = page.options.length > 1;
  const beaten = page.unbeaten !== "";
  const tell = (text) => fill("live", text);
  const story = (k, s) => schoolStory(page, k, s);
  const drawn = districtMap(document.getElementById("map"), page, {
    about: "Map of the zones and schools of the option shown.",
    story,
  });
  extras.dress(drawn);
  drawHead(page);
  document.getElementById("notices").append(el("li", "", NEXT_TO_IT));
  const radios = drawOptions();
  const slider = several ? drawSlider() : null;
  drawMatrix();
  fill("certainty", ...page.certainty.map((text) => el("li", "", text)));
  document.getElementById("certainty-part").hidden = page.certainty.length === 0;
  const views = { one: hear({ pair: () => [drawn.shown()], maps: [drawn] }) };
  let before = -1;
  let view = views.one;
  let chosen = -1;
  findSchool(document.getElementById("find"), page, {
    choose: (k) => {
      view.maps.forEach((map) => map.choose(k));
      view.maps[0].goTo(k);
    },
    isListed: (k) => isThere(page, ...shownTogether(), k), // scenarios
  });
  document.getElementById("views").hidden = !several;
  if (several) tabList(document.getElementById("views"), open);

  /** Show a view, made when it is first asked for. */
  function open(id) {
    const first = drawn.shown();
    const at = page.order.indexOf(first);
    const next = page.order[at + 1] ?? page.order[at - 1];
    if (!views[id] && id === "pair") {
      views.pair = hear(sideBySide("pair", page, [first, next], {
        dress: extras.dress,
        story,
        tell: (text) => {
          highlight(views.pair.pair());
          tell(text);
        },
      }));
    }
    if (!views[id] && id === "changes") {
      views.changes = hear(changesView(data, [first, next], { ...extras, tell }));
    }
    view = views[id];
    document.querySelectorAll("[data-view]").forEach((part) => {
      part.hidden = part.dataset.view !== id;
    });
    if (id !== "changes") highlight(views[id].pair());
    document.getElementById("matrix-part").hidden = id === "changes";
    view.maps.forEach((map) => map.choose(chosen));
  }

  /** A school that is chosen on one map is so on every map that is shown, and in the next view. */
  function hear(made) {
    made.maps.forEach((map) => map.onChoose((k) => {
      chosen = k;
      made.maps.forEach((other) => other.choose(k));
    }));
    return made;
  }

  /** The option whose schools are on the map, and the one whose others are. */ // scenarios
  function shownTogether() { // scenarios
    const [one, other = -1] = view.pair(); // scenarios
    return view === views.changes ? [other, one] : [one, other]; // scenarios
  } // scenarios

  /** From the fewest officers on duty to the most. */
  function drawSlider() {
    const input = el("input", "");
    input.type = "range";
    input.min = "0";
    input.max = String(page.order.length - 1);
    input.step = "1";
    input.addEventListener("input", () => show(page.order[Number(input.value)]));
    fill("slider", el("label", "slider", "Fewer officers", input, "More"));
    input.setAttribute("aria-label", "Option, from the fewest officers on duty to the most");
    return input;
  }

  function drawOptions() {
    const heads = page.headlines.map((f) => headCell("col", page.rows[f].label, page.rows[f].meaning));
    const body = el("tbody", "");
    const inputs = page.options.map((option, k) => {
      const input = el("input", "");
      input.type = "radio";
      input.name = "option";
      input.id = `option-${k}`;
      input.addEventListener("change", () => show(k));
      const label = el("label", "", el("span", "text", option.label));
      label.htmlFor = input.id;
      if (beaten && option.not_dominated) label.append("\u00a0", sign());
      const head = headCell("row", "");
      head.className = "choice";
      head.append(input, label);
      const row = el("tr", "", head, ...page.headlines.map((f) => {
        const { value } = option.figures[f];
        return el("td", /\d/.test(value) ? "" : "missing", value);
      }));
      row.addEventListener("click", (event) => {
        if (event.target.closest("label, input")) return;
        input.focus();
        input.checked = true;
        show(k);
      });
      body.append(row);
      return input;
    });
    fill("options", el("thead", "", el("tr", "", headCell("col", "Option"), ...heads)), body);
    if (beaten) fill("key", sign(), ` Not beaten outright: ${page.unbeaten}.`);
    if (!several) {
      fill("choices-title", "Staffing");
      fill("matrix-title", "What each figure means");
    }
    return inputs;
  }

  function sign() {
    const mark = el("span", "sign", "◆");
    mark.title = "Not beaten outright";
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", "not beaten outright");
    return mark;
  }

  function valueCell(figure) {
    const cell = el("td", "", el("span", "value", figure.value));
    if (figure.spread) cell.append(" ", el("span", "spread", figure.spread));
    return cell;
  }

  function drawMatrix() {
    const heads = page.options.map((option) => {
      const cell = headCell("col", el("span", "text", option.label));
      if (beaten && option.not_dominated) cell.append("\u00a0", sign());
      return cell;
    });
    const rows = page.rows.map((row, f) => {
      const head = headCell("row", row.label, row.meaning);
      head.append(el("span", "meaning", row.meaning));
      return el("tr", "", head, ...page.options.map((option) => valueCell(option.figures[f])));
    });
    fill("matrix", el("thead", "", el("tr", "", headCell("col", "Figure"), ...heads)), el("tbody", "", ...rows));
  }

  function drawFigures(k) {
    const option = page.options[k];
    const was = before < 0 ? null : page.options[before];
    fill("shown-label", option.label);
    fill("shown-description", option.description);
    fill("shown-proof", option.proof);
    const rows = page.rows.map((row, f) => {
      const cell = valueCell(option.figures[f]);
      const changed = was && was.figures[f].value !== option.figures[f].value;
      const then = el("td", "was", changed ? `was ${was.figures[f].value}` : "");
      return el("tr", "", headCell("row", row.label, row.meaning), cell, ...(several ? [then] : []));
    });
    fill("shown-before", was ? `“was”: ${was.label}, shown before.` : "");
    fill("figures", el("tbody", "", ...rows));
    highlight([k]);
    document.querySelectorAll("#options tbody tr").forEach((row, c) => row.classList.toggle("shown", c === k));
    const said = page.headlines.map((f) => `${page.rows[f].label} ${option.figures[f].value}`);
    tell(`Showing ${option.label}. ${said.join(", ")}.`);
  }

  /** Mark the columns of options in the table of all. */
  function highlight(options) {
    for (const row of document.querySelectorAll("#matrix tr")) {
      Array.from(row.cells).forEach((cell, c) => cell.classList.toggle("shown", options.includes(c - 1)));
    }
  }

  function show(k) {
    if (k === drawn.shown()) return;
    before = drawn.shown();
    radios[k].checked = true;
    if (slider) {
      slider.value = String(page.order.indexOf(k));
      slider.setAttribute("aria-valuetext", page.options[k].label);
    }
    drawFigures(k);
    drawZoneTable("zone-table", page, k);
    drawn.show(k);
    extras.shown(k);
  }

  return { drawn, show };
}
