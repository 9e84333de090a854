// What the requests in the input need, by the permission map.

const kinds = [["application", "Application"], ["delegated", "Delegated"], ["personal", "Personal account"]];

// fewRequests are shown; a log may hold thousands.
const fewRequests = 50;

// besideSize is how much of each input is looked at for tokens and needs; the
// session has the same number.
const besideSize = 2 << 20;

const ofBeginning = () => shown.sources.some((s) => s.blob.size > besideSize) ? el("p", "faint", `of the first ${size(besideSize)}`) : null;

const showNeeds = (need) => {
  $("needs").hidden = need.requests.length === 0;
  if (need.requests.length === 0) return;
  const head = el("tr", "", ["Request", ...kinds.map((k) => k[1])].map((w) => { const th = el("th", "", w); th.scope = "col"; return th; }));
  const rows = need.requests.slice(0, fewRequests).map((r) => {
    const th = el("th", "", el("code", "", r.template ? `${r.method} ${r.template}` : r.cmdlet || `${r.method} ${r.url}`), r.count > 1 ? el("span", "faint", ` ${r.count} times`) : null,
      r.how ? el("div", "faint", r.how) : null, (r.notes || []).map((n) => el("div", "faint", n)), (r.properties || []).map((p) => el("div", "faint", `${p.properties.join(", ")}: ${p.any_of.join(" or ")}`)));
    th.scope = "row";
    return el("tr", "", th, kinds.map(([k]) => el("td", "", needOf(r[k]))));
  });
  const scroll = el("div", "scroll", el("table", "", el("caption", "unseen", "Permissions that the requests need, least privileged first"), el("thead", "", head), el("tbody", "", rows)));
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Permissions by request");
  const sets = kinds.map(([k, name]) => [name, need.least_set[k]]).filter(([, list]) => list && list.length);
  if (!shown.answer.findings.length && !shown.answer.cases) {
    fill($("beside").firstElementChild, "No failure was recognised. What the requests need stands below.");
    fill($("answer-title"), "No failure, but requests");
  }
  fill($("needs").lastElementChild, ofBeginning(), scroll,
    need.requests.length > fewRequests ? el("p", "", `and ${need.requests.length - fewRequests} more requests`) : null,
    need.requests.length > 1 && sets.length ? [el("h3", "", "The smallest set for all of them"), table(sets.map(([name, list]) => [name, el("code", "", list.join(" "))]))] : null,
    el("p", "faint", `Permission map of ${need.catalog.date}`));
};

const needOf = (k) => {
  if (!k || !k.known) return el("span", "faint", "unknown");
  if (k.instead) return [el("span", "", "not possible"), el("div", "faint", `instead: ${k.instead.method} ${k.instead.template} with ${k.instead.least.join(" or ")}`)];
  if (!k.supported) return el("span", "faint", "not supported");
  const rest = k.any_of.filter((p) => !k.least.includes(p));
  return [k.least.map((p, i) => [i ? " or " : null, name(p), k.also[p] && k.also[p].length ? ` and ${k.also[p].join(" or ")}` : null]),
    k.admin_consent ? el("div", "faint", "admin consent") : null,
    rest.length ? el("details", "", el("summary", "", `${rest.length} more would do`), rest.map((p, i) => [i ? ", " : null, name(p)])) : null];
};

// name is a permission's name, which may be broken at its dots.
const name = (p) => el("code", "", p.split(".").map((part, i) => [i ? el("wbr") : null, i ? "." + part : part]));
