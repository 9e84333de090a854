// What is given: text that was pasted or typed, files that were chosen or
// dropped, examples.

const given = { files: [], text: "" };

// manyCharacters is how long a paste may be to stand in the text field; what is
// longer is kept beside it, since laying out a line of megabytes freezes a page.
const manyCharacters = 400_000;

const give = {
  // sources are what the engine reads, with what is needed to show them.
  sources() {
    const list = given.files.map((f) => ({ name: f.name, blob: f.blob || f }));
    const text = $("text").value;
    if (text.trim()) list.unshift({ name: "-", blob: new Blob([text]) });
    return list;
  },

  add(files) {
    given.files.push(...files);
    give.show();
  },

  // aside keeps a text that is too long for the text field.
  aside(text, label) { give.add([{ name: "-", label, blob: new Blob([text]) }]); },

  show() {
    fill($("chosen"), given.files.map((f, i) => el("li", "", el("span", "name", f.label || f.name), ` ${size((f.blob || f).size)} `,
      button("Remove", () => { given.files.splice(i, 1); give.show(); $("text").focus(); }, `Remove ${f.label || f.name}`))));
    $("chosen").hidden = given.files.length === 0;
  },

  clear() {
    given.files = [];
    $("text").value = "";
    $("files").value = "";
    give.show();
  },
};

$("text").addEventListener("paste", (e) => {
  const data = e.clipboardData;
  if (data.files.length) {
    e.preventDefault();
    give.add([...data.files]);
    diagnose();
    return;
  }
  const text = data.getData("text/plain");
  if (text.length > manyCharacters) {
    e.preventDefault();
    give.aside(text, "pasted text");
  }
  setTimeout(diagnose); // when the field holds it
});

$("text").addEventListener("keydown", (e) => {
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); diagnose(); }
});

$("give").addEventListener("submit", (e) => { e.preventDefault(); diagnose(); });

$("files").addEventListener("change", () => {
  give.add([...$("files").files]);
  $("files").value = "";
  diagnose();
});

$("clear").addEventListener("click", () => {
  end();
  give.clear();
  forget();
  say("Cleared.");
  $("text").focus();
});

addEventListener("dragover", (e) => {
  if (![...e.dataTransfer.types].some((t) => t === "Files" || t === "text/plain")) return;
  e.preventDefault();
  document.body.classList.add("drop");
});
addEventListener("dragleave", (e) => { if (!e.relatedTarget) document.body.classList.remove("drop"); });
addEventListener("drop", (e) => {
  document.body.classList.remove("drop");
  const files = [...e.dataTransfer.files];
  if (files.length === 0 && e.target === $("text")) return; // text moved within the field
  e.preventDefault();
  const text = e.dataTransfer.getData("text/plain");
  if (files.length) give.add(files);
  else if (text.length > manyCharacters) give.aside(text, "dropped text");
  else $("text").value = text;
  diagnose();
});

for (const { name, title, text } of EXAMPLES) {
  $("examples").append(button(title, () => {
    give.clear();
    if (/\.(har|jsonl|log)$/.test(name)) give.add([new File([text], name)]);
    else $("text").value = text;
    diagnose();
  }));
}
