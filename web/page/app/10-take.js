// Taking the answer along. The reports are those of the command: no token, no
// secret and no person is in them.

const copyText = async (text, button) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // without leave to use the clipboard the text is shown, marked
    const field = el("textarea", "");
    field.value = text;
    field.readOnly = true;
    field.rows = 12;
    field.setAttribute("aria-label", "Text to copy");
    fill($("page-title"), "Copy this");
    fill($("page-text"), field);
    if (!$("page").open) $("page").showModal();
    field.focus();
    field.select();
    return;
  }
  const words = button.textContent;
  if (words !== "Copied") {
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = words; }, 1500);
  }
  say("Copied.");
};

const save = (blob, name) => {
  const a = el("a", "");
  const url = URL.createObjectURL(blob);
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
};

const take = {
  ticket: async (b) => copyText(await engine.call("report", "markdown"), b),
  html: async () => save(new Blob([await engine.call("report", "html")], { type: "text/html" }), "graphdoctor.html"),
  json: async () => save(new Blob([await engine.call("report", "json")], { type: "application/json" }), "graphdoctor.json"),
  copy: async () => {
    const { sources } = shown;
    for (let i = 0; i < sources.length; i++) {
      say(`Replacing credentials and persons in ${sources[i].name === "-" ? "the text" : sources[i].name} …`);
      const name = sources[i].name === "-" ? "sanitised.txt" : `sanitised-${sources[i].name.replace(/\.gz$|\.zst$/, "")}`;
      save(await engine.call("sanitize", i), name);
    }
    say("Saved. Names of persons in free text can remain: look the copy over before you share it.");
  },
};

$("take").addEventListener("click", async (e) => {
  const act = take[e.target.dataset.take];
  if (!act || !shown) return;
  try { await act(e.target); } catch (err) { say(err.message); }
});
