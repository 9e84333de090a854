// The beginning and the end of a visit.

const ready = async () => {
  let about;
  try {
    about = JSON.parse(await engine.call("about"));
  } catch (e) {
    say(`The page cannot work: ${e.message}. It needs a browser with WebAssembly, and a server that serves all of its files.`);
    return;
  }
  fill($("about"), `graphdoctor ${about.version}, permission catalog of ${about.catalog}. Nothing on this page is sent anywhere.`);
  fill($("words"), about.rules.map((r) => { const o = el("option", "", r.title); o.value = r.id; return o; }));
  for (const b of document.querySelectorAll("button[disabled]")) b.disabled = false;
  document.documentElement.dataset.ready = "yes";
  performance.mark("ready");
  say("Ready.");
  if ($("text").value.trim() || given.files.length) diagnose(); // pasted while the engine was on its way
  else engine.call("warm", EXAMPLES.map((x) => x.text)).catch(() => {}); // browsers compile what is called first; better now than at the first paste
};

// Nothing outlives the visit, also not in the page that a browser keeps for its
// back button.
addEventListener("pagehide", () => {
  give.clear();
  forget();
  $("word").value = "";
  fill($("page-text"));
  engine.end();
});
addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });

ready();
