// The places of the given text that a finding rests on, with the evidence
// marked. Tokens and other long runs are shortened, since screens are shared.

// smallText bounds what is shown of, in bytes.
const smallText = 8 << 20;
const aroundLines = 1, mostLines = 14, longLine = 360;

const linesOf = async (file) => {
  const texts = shown.texts;
  if (!texts.has(file)) {
    const source = shown.sources.find((s) => s.name === file && s.blob.size <= smallText);
    texts.set(file, source ? source.blob.text().then((t) => t.includes("\0") || t.startsWith("\u001f") ? null : t.split(/\r\n|\n|\r/)) : Promise.resolve(null));
  }
  return texts.get(file);
};

const showExcerpts = async (box, f) => {
  const mine = run;
  const places = new Map(); // file -> line -> witnesses
  for (const w of f.evidence) {
    if (!w.line) continue;
    const file = w.file || "-";
    if (!places.has(file)) places.set(file, new Map());
    const lines = places.get(file);
    lines.set(w.line, [...(lines.get(w.line) || []), w]);
  }
  for (const [file, wanted] of places) {
    const lines = await linesOf(file);
    if (mine !== run || !lines) continue;
    put(box, [excerpt(file, lines, spread(lines, wanted))]);
  }
};

// spread finds the line of each witness: the value of a printed object stands
// below the line on which the object begins.
const spread = (lines, wanted) => {
  const marks = new Map(); // line -> what to mark on it
  for (const [line, witnesses] of wanted) {
    for (const w of witnesses) {
      const [where, what] = find(lines, line, w);
      marks.set(where, [...(marks.get(where) || []), what]);
    }
  }
  return marks;
};

const find = (lines, line, w) => {
  for (const form of formsOf(w)) {
    for (let n = line; n < Math.min(line + 40, lines.length + 1); n++) if (lines[n - 1].includes(form)) return [n, form];
  }
  return [line, ""];
};

// formsOf are the ways in which a fact may be written where it was read, the
// whole before its parts.
const formsOf = (w) => {
  const v = (w.value || "").split(/ \(| …|<|\.\.\./)[0].trim();
  const [head, ...rest] = v.split(/: | https?:/);
  const forms = w.origin === "token" ? [v, "eyJ"] : [w.value, JSON.stringify(w.value || "").slice(1, -1), v, head, ...rest, ...v.split(/[\s"',;?&]+/).filter((x) => x.length > 7)];
  const field = (w.field || "").split(".").pop();
  return [...forms, `"${field}"`].filter((x) => x && x.length > 2);
};

const excerpt = (file, lines, marks) => {
  const pre = el("pre", "excerpt");
  pre.tabIndex = 0;
  pre.setAttribute("role", "group");
  pre.setAttribute("aria-label", `Evidence in ${file === "-" ? "the text" : visible(file)}`);
  const show = new Set();
  for (const n of [...marks.keys()].sort((a, b) => a - b)) {
    for (let i = n - aroundLines; i <= n + aroundLines; i++) if (i >= 1 && i <= lines.length && show.size < mostLines) show.add(i);
  }
  let last = 0;
  for (const n of [...show].sort((a, b) => a - b)) {
    if (n > last + 1 && last > 0) put(pre, [el("span", "gap", "    ⋯\n")]);
    last = n;
    put(pre, [el("span", "line", el("span", "n", String(n).padStart(4), " "), marked(lines[n - 1], marks.get(n)), "\n")]);
  }
  return el("figure", "", el("figcaption", "", file === "-" ? "In the text" : ["In ", el("code", "", file)]), pre);
};

// marked cuts a line to what is worth showing and marks the evidence in it.
const marked = (line, what) => {
  if (!what) return shorten(line.slice(0, longLine)) + (line.length > longLine ? " …" : "");
  const spans = [];
  for (const w of what) {
    const from = w ? line.indexOf(w) : 0;
    if (from >= 0) spans.push([from, w ? from + w.length : line.length]);
  }
  spans.sort((a, b) => a[0] - b[0]);
  const begin = line.length > longLine ? Math.max(0, spans[0][0] - 120) : 0;
  const end = line.length > longLine ? Math.min(line.length, Math.max(begin + longLine, Math.min(spans[0][1], begin + 3 * longLine) + 40)) : line.length;
  const out = [begin > 0 ? "… " : null];
  let i = begin;
  for (const [from, to] of spans) {
    if (from < i || from >= end) continue;
    out.push(shorten(line.slice(i, from)));
    i = Math.min(to, end);
    const run = /^[\w.~+/=-]*/.exec(line.slice(i))[0]; // a token is marked whole
    if (line.startsWith("eyJ", from)) i += run.length;
    out.push(el("mark", "", shorten(line.slice(from, i))));
  }
  if (i < end) out.push(shorten(line.slice(i, end)));
  if (end < line.length && i < line.length) out.push(" …");
  return out;
};

// shorten replaces long runs of letters and digits, which are tokens, keys and
// codes, by their beginning and length.
const shorten = (s) => s.replace(/[A-Za-z0-9_+=-]{16,}(?:\.[A-Za-z0-9_+=-]*)*/g,
  (r) => r.length < 64 && !r.startsWith("eyJ") ? r : `${r.slice(0, 8)}…(${r.length} characters)`);
