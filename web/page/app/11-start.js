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
  else warm();
};

// warm lets the engine work before it is asked to: a browser compiles what is
// called first, and compiles better what is called often. The log is the
// example's as logs are, with few failures. Whoever asks for something ends it.
const warm = async () => {
  const sources = EXAMPLES.map((x) => ({ name: x.name, blob: new Blob([x.text]) }));
  const log = EXAMPLES.find((x) => x.name.endsWith(".jsonl"));
  if (log) {
    const well = log.text.split("\n").filter((l) => l.includes('"status":20')).join("\n") + "\n";
    sources.push({ name: "log", blob: new Blob([log.text, ...Array(100).fill(well.repeat(60))]) });
  }
  await engine.call("warm", sources).catch(() => {}); // what is wrong is told to the first who asks
  performance.mark("warm");
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
