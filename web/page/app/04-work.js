// Diagnosing: from what was given to the answer on the page.

let run = 0; // counts diagnoses: what answers an earlier one is dropped
let shown;   // what the answer on the page was made from

const diagnose = async () => {
  const sources = give.sources();
  if (sources.length === 0) {
    say("There is nothing to diagnose yet: paste a text or choose a file.");
    $("text").focus();
    return;
  }
  const mine = ++run;
  forget();
  working(sources);
  try {
    const answer = JSON.parse(await engine.call("diagnose", sources, new Date().toISOString()));
    if (mine !== run) return;
    shown = { sources, answer, texts: new Map() };
    showAnswer(answer, idle());
    performance.measure("answer", { start: began });
    await beside(mine);
  } catch (e) {
    if (mine === run) say(`${idle() ? "Stopped: " : ""}${e.message}`);
  } finally {
    if (mine === run) busy(false);
  }
};

// busy tells, and sets, whether an answer is being made.
const busy = (yes) => {
  const main = document.querySelector("main");
  if (yes !== undefined) main.setAttribute("aria-busy", yes);
  return main.getAttribute("aria-busy") === "true";
};

// end ends what is under way and drops its answer.
const end = () => {
  if (!busy()) return;
  run++;
  busy(false);
  idle();
  engine.stop();
};

// beside fills in what is told beside the findings, once they stand.
const beside = async (mine) => {
  await engine.call("tokens").then((list) => { if (mine === run) showTokens(list.map((t) => JSON.parse(t))); });
  await engine.call("needs").then((need) => { if (mine === run) showNeeds(JSON.parse(need)); });
};

// forget takes off the page what was found.
const forget = () => {
  shown = undefined;
  for (const id of ["answer", "tokens", "needs"]) $(id).hidden = true;
  fill($("findings")); fill($("beside"));
  fill($("tokens").lastElementChild); fill($("needs").lastElementChild);
  $("answer-title").textContent = "";
};

let began, stopped, patience;

// working shows how far reading has come, once it takes longer than a moment.
const working = (sources) => {
  const all = sources.reduce((n, s) => n + s.blob.size, 0);
  began = performance.now();
  stopped = false;
  busy(true);
  say("Reading …");
  clearTimeout(patience);
  patience = setTimeout(() => { $("work").hidden = false; }, 300);
  $("bar").value = 0;
  fill($("rate"));
  engine.progress((read) => {
    const seconds = (performance.now() - began) / 1000;
    const left = Math.ceil((all - read) / (read / seconds));
    $("bar").value = all ? read / all : 0;
    fill($("rate"), `${size(read)} of ${size(all)}, ${size(read / seconds)}/s, ${count(left, "second", "seconds")} left`);
  });
};

// idle hides the progress and tells whether reading was stopped.
const idle = () => {
  clearTimeout(patience);
  engine.progress(() => {});
  $("work").hidden = true;
  return stopped;
};

$("stop").addEventListener("click", () => { stopped = true; engine.stop(); });
