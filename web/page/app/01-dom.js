// Building the page. Whatever was pasted reaches it as text alone: there is no
// other way from data to the page than the functions here, and none of them
// reads markup.

const $ = (id) => document.getElementById(id);

// el makes an element: el("p", "class", child, ...). A child that is no node
// becomes text; null and undefined are left out.
const el = (name, cls, ...children) => {
  const e = document.createElement(name);
  if (cls) e.className = cls;
  put(e, children);
  return e;
};

const put = (e, children) => {
  for (const c of children.flat(Infinity)) {
    if (c === null || c === undefined || c === "") continue;
    e.append(c instanceof Node ? c : visible(String(c)));
  }
  return e;
};

const fill = (e, ...children) => { e.replaceChildren(); return put(e, children); };

const button = (words, act, label) => {
  const b = el("button", "", words);
  b.type = "button";
  if (label) b.setAttribute("aria-label", visible(label));
  b.addEventListener("click", act);
  return b;
};

// visible shows what would otherwise act or hide: control characters, those
// that turn the direction of text, and those without width.
const visible = (s) => s.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]|[\u{e0000}-\u{e0fff}]/gu,
  (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");

// link makes a link of an address of the web, and code of anything else.
const link = (url, words) => {
  let u;
  try { u = new URL(url); } catch { /* no address */ }
  if (!u || u.protocol !== "https:" || u.username || u.password) return el("code", "", url);
  const a = el("a", "", words || url);
  a.href = u.href;
  a.target = "_blank";
  a.rel = "noopener noreferrer";
  return a;
};

const svg = (name, attributes, ...children) => {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  put(e, children);
  return e;
};

const say = (words) => { $("said").textContent = visible(words); };

const count = (n, one, many) => n === 1 ? `1 ${one}` : `${n.toLocaleString("en")} ${many}`;

const size = (bytes) => {
  for (const [unit, n] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (bytes >= n) return `${(bytes / n).toFixed(bytes < 10 * n ? 1 : 0)} ${unit}`;
  }
  return `${bytes} bytes`;
};

const moment = (t) => t.replace("T", " ").replace(/(\.\d+)?Z$/, "") + " UTC";
