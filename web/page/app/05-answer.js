// The answer: findings, what is ruled out, what could not be read.

const people = {
  "developer": "developer", "user": "user", "app-admin": "app administrator", "exchange-admin": "Exchange administrator",
  "sharepoint-admin": "SharePoint administrator", "teams-admin": "Teams administrator", "security-admin": "security administrator", "microsoft": "Microsoft",
};

// fewFindings are shown at once; of a large log the others follow on demand.
const fewFindings = 20;

const at = (p) => {
  const file = !p.file || p.file === "-" ? "" : p.file;
  return [file, p.line ? `line ${p.line}` : ""].filter(Boolean).join(", ");
};

const label = (f) => {
  if (f.rule === "unknown") return "Undecided";
  if (f.severity !== "error") return f.severity === "warning" ? `Warning (${f.strength})` : `Note (${f.strength})`;
  return f.strength === "possible" ? "Possible cause" : `Cause (${f.strength})`;
};

const showAnswer = (answer, stopped) => {
  const list = answer.findings;
  const first = list[0];
  let title = "Nothing found";
  if (first) title = answer.cases > 1 ? `${count(answer.cases, "failed call", "failed calls")}, ${count(list.length, "cause", "causes")}` : `${label(first)}: ${first.title}`;
  fill($("answer-title"), title);
  if (!first) {
    fill($("beside"), el("p", "", answer.cases ? "A call failed, but what was given does not tell why. The whole answer of the service, with its headers, tells most." :
      "No failure and no token was recognised. The whole answer of the service, with its headers, tells most; the request that it answers, more."));
  }
  showMore(list, 0, answer);
  showBeside(answer);
  $("answer").hidden = false;
  const seconds = (performance.now() - began) / 1000;
  say(`${stopped ? "Stopped; this is what was found so far. " : ""}${title}. Answered in ${seconds < 1 ? `${Math.ceil(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`}.`);
};

const showMore = (list, from, answer) => {
  const to = Math.min(list.length, from + fewFindings);
  for (let i = from; i < to; i++) $("findings").append(el("li", "", showFinding(list[i], i, answer)));
  const more = $("more");
  more.hidden = to === list.length;
  fill(more, `Show ${Math.min(fewFindings, list.length - to)} more of ${count(list.length - to, "finding", "findings")}`);
  more.onclick = () => {
    showMore(list, to, answer);
    $("findings").children[to].querySelector("summary").focus();
  };
};

const showFinding = (f, i, answer) => {
  const many = answer.cases > 1;
  const body = el("div", "body");
  const d = el("details", "finding",
    el("summary", "", el("span", `badge ${f.severity}`, label(f)), " ", el("strong", "", f.title), many && f.count ? el("span", "faint", ` ${count(f.count, "time", "times")}`) : null), body);
  // what is folded is built when it is unfolded
  d.addEventListener("toggle", () => { if (d.open && !body.hasChildNodes()) fillFinding(body, f, i, answer); });
  if (i === 0 || many && i < 3) { fillFinding(body, f, i, answer); d.open = true; }
  return d;
};

const fillFinding = (body, f, i, answer) => {
  put(body, [el("p", "message", f.message)]);
  if (i === 0 && answer.probe) put(body, [el("p", "probe", el("strong", "", "To be sure: "), answer.probe)]);
  if (f.fixes.length) put(body, [el("h3", "", f.rule === "unknown" ? "Next steps" : "Fixes"), el("ol", "fixes", f.fixes.map((x) => showFix(x, f)))]);
  const text = el("div", "excerpts");
  put(body, [el("h3", "", "Evidence"), el("ul", "seen", f.evidence.map(showFact)), text]);
  showExcerpts(text, f);
  const facts = [];
  if (f.count > 1) facts.push(["met", `${count(f.count, "time", "times")}, first at ${f.places.map(at).filter(Boolean).join("; ")}`]);
  if (f.first_seen && f.last_seen && f.first_seen !== f.last_seen) facts.push(["seen", `from ${moment(f.first_seen)} to ${moment(f.last_seen)}`]);
  if (f.apps && f.apps.length) facts.push([f.apps.length > 1 ? "apps" : "app", f.apps.join(", ")]);
  if (facts.length) put(body, [table(facts)]);
  if (f.why.length) put(body, [el("h3", "", "Why it stands here"), el("ul", "", f.why.map((w) => el("li", "", w)))]);
  if (f.explained.length) put(body, [el("h3", "", "Explained by it, no causes of their own"), explained(f.explained)]);
  put(body, [el("p", "", button(`About ${f.rule}`, () => explain(f.rule)))]);
};

const explained = (list) => el("ul", "", list.map((f) => el("li", "", f.title, " ", el("code", "", f.rule), ": ", f.message, f.explained.length ? explained(f.explained) : null)));

const showFix = (x, f) => {
  const who = [people[x.who] || x.who, x.widens ? "gives more access than before" : ""].filter(Boolean).join("; ");
  const li = el("li", "", x.title, who ? el("span", "faint", ` (${who})`) : null);
  if (x.command) {
    const pre = el("pre", "");
    pre.textContent = x.command.split("\n").map(visible).join("\n");
    pre.tabIndex = 0;
    pre.setAttribute("role", "group");
    pre.setAttribute("aria-label", "Command");
    const copy = button("Copy", () => copyText(x.command, copy), `Copy the command of: ${x.title}`);
    put(li, [el("div", "command", pre, copy)]);
  }
  if (x.url) put(li, [el("div", "", link(x.url))]);
  return li;
};

const showFact = (w) => {
  const name = w.origin === w.field ? w.field : `${w.origin} ${w.field || ""}`.trim();
  return el("li", "", el("span", "how", w.how), " ", name, w.value ? [" = ", el("code", "", w.value)] : null, at(w) ? el("span", "faint", ` (${at(w)})`) : null);
};

// table is names and values.
const table = (rows) => el("dl", "", rows.map(([name, ...values]) => [el("dt", "", name), el("dd", "", ...values)]));

const showBeside = (answer) => {
  const part = (title, ...children) => put($("beside"), [el("h3", "", title), ...children]);
  if (answer.ruled_out.length) part("Ruled out", el("ul", "", answer.ruled_out.map((r) => el("li", "", el("code", "", r.rule), ": ", r.because))));
  if (answer.support) part("For a support case with Microsoft", table(Object.entries(answer.support).map(([k, v]) => [k.replaceAll("_", " "), el("code", "", v)])));
  if (answer.dropped) part("Left out", el("p", "", `${count(answer.dropped, "finding", "findings")} of kinds that were not kept`));
  if (answer.problems.length) {
    const n = (answer.problem_count || answer.problems.length) - answer.problems.length;
    part("Not read", el("ul", "", answer.problems.map((p) => el("li", "", at(p) ? [el("code", "", at(p)), ": "] : null, p.error)), n > 0 ? el("li", "", `and ${n} more`) : null));
  }
};
