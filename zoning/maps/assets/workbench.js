"use strict";
/* The workbench: puts its parts together. */

async function workbenchPage({ page, sheet }) {
  drawHead(page);
  fill("mark", sheet.mark);
  const drawn = districtMap(document.getElementById("map"), page, { about: "Map of the zones and schools." });
  const problem = await readProblem(sheet);
  const plan = startPlan(problem, 0);
  fill("figures", planText(problem, plan));
  return { drawn, problem, plan };
}
