// The pages of rules, codes and permissions. They are the program's own words,
// in Markdown, of which only what they use is read: headings, lists, tables,
// code, strong words and addresses.

const explain = async (word) => {
  let page;
  try {
    page = JSON.parse(await engine.call("explain", word));
  } catch (e) {
    page = { name: "Not found", text: e.message };
  }
  fill($("page-title"), page.name);
  fill($("page-text"), markdown(page.text.replace(/^# .*\n+/, "")));
  if (!$("page").open) $("page").showModal();
  $("page").scrollTop = 0;
};

$("ask").addEventListener("submit", (e) => {
  e.preventDefault();
  const word = $("word").value.trim();
  if (word) explain(word);
  else $("word").focus();
});

const markdown = (text) => {
  const out = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length;) {
    const line = lines[i];
    const block = (more) => { // the lines from here on that belong together
      const from = i;
      while (++i < lines.length && more(lines[i]));
      return lines.slice(from, i);
    };
    if (line.trim() === "") i++;
    else if (line.startsWith("```")) { out.push(code(block((l) => !l.startsWith("```")).slice(1).join("\n"))); i++; }
    else if (line.startsWith("#")) { out.push(el("h3", "", inline(line.replace(/^#+ /, "")))); i++; }
    else if (line.startsWith("|")) out.push(grid(block((l) => l.startsWith("|"))));
    else if (item.test(line)) out.push(items(block((l, n) => l.trim() !== "" && !l.startsWith("```") && !l.startsWith("#"))));
    else out.push(el("p", "", inline(block((l) => l.trim() !== "" && !l.startsWith("```") && !item.test(l)).join(" "))));
  }
  return out;
};

const item = /^(?:- |\d+\. )/;

const items = (lines) => {
  const all = [];
  for (const l of lines) {
    if (item.test(l)) all.push(l.replace(item, ""));
    else all[all.length - 1] += " " + l.trim();
  }
  const list = el(lines[0].startsWith("- ") ? "ul" : "ol", "", all.map((t) => el("li", "", inline(t))));
  const first = parseInt(lines[0], 10);
  if (first > 1) list.start = first; // it goes on behind a block of code
  return list;
};

const grid = (lines) => {
  const rows = lines.map((l) => l.replace(/^\||\|\s*$/g, "").split(/(?<!\\)\|/).map((c) => c.trim().replaceAll("\\|", "|")));
  const [head, , ...body] = rows;
  const scroll = el("div", "scroll", el("table", "", el("thead", "", el("tr", "", head.map((c) => { const th = el("th", "", inline(c)); th.scope = "col"; return th; }))), el("tbody", "", body.map((r) => el("tr", "", r.map((c) => el("td", "", inline(c))))))));
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Table");
  return scroll;
};

const code = (text) => {
  const pre = el("pre", "", text);
  pre.tabIndex = 0;
  pre.setAttribute("role", "group");
  pre.setAttribute("aria-label", "Code");
  const copy = button("Copy", () => copyText(text, copy));
  return el("div", "command", pre, copy);
};

// inline reads code, strong words, and addresses.
const inline = (text) => text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\)|https:\/\/[^\s<>)]+[^\s<>).,;])/).map((part) => {
  if (part.startsWith("`") && part.length > 2) return el("code", "", part.slice(1, -1));
  if (part.startsWith("**") && part.length > 4) return el("strong", "", part.slice(2, -2));
  if (part.startsWith("https://")) return link(part);
  const m = /^\[([^\]]+)\]\(([^)\s]+)\)$/.exec(part);
  if (!m) return part;
  const rule = /([a-z0-9-]+)\.md$/.exec(m[2]);
  return rule && !m[2].includes("://") ? button(m[1], () => explain(rule[1])) : link(m[2], m[1]);
});
