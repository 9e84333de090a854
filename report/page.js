"use strict";
(() => {
  const articles = [...document.querySelectorAll("article")];
  const open = (a) => { const d = a && a.querySelector("details"); if (d) d.open = true; };

  const fromHash = () => open(document.getElementById(decodeURIComponent(location.hash.slice(1)) || "-"));
  addEventListener("hashchange", fromHash);
  fromHash();

  const more = document.querySelector("details.more");
  addEventListener("beforeprint", () => { articles.forEach(open); if (more) more.open = true; });

  const form = document.getElementById("filter");
  if (!form) return;
  form.hidden = false;
  const said = form.querySelector("output");
  const rows = [...articles, ...document.querySelectorAll(".bars li")];
  const text = new Map(articles.map((a) => [a.id, a.textContent.toLowerCase()]));

  const wanted = (row, w) =>
    (!w.rule || row.dataset.rule === w.rule) &&
    (!w.severity || row.dataset.severity === w.severity) &&
    (!w.app || row.dataset.apps.split(" ").includes(w.app)) &&
    w.words.every((x) => text.get(row.id || row.dataset.for).includes(x));

  const filter = () => {
    const f = new FormData(form);
    const w = {
      rule: f.get("rule"), severity: f.get("severity"), app: f.get("app"),
      words: (f.get("words") || "").toLowerCase().split(/\s+/).filter(Boolean),
    };
    for (const row of rows) row.toggleAttribute("data-away", !wanted(row, w));
    if (more && (w.rule || w.severity || w.app || w.words.length)) more.open = true;
    const left = articles.filter((a) => !a.hasAttribute("data-away")).length;
    said.textContent = left + " of " + articles.length + (articles.length === 1 ? " finding" : " findings");
  };

  form.addEventListener("input", filter);
  form.addEventListener("submit", (e) => e.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  filter();
})();
