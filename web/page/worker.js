"use strict";
// The worker runs the engine, so that the page never freezes. It is given the
// compiled engine by the page and needs no network; what could open a
// connection is taken away before anything that was pasted arrives.
const files = self.trustedTypes ? trustedTypes.createPolicy("graphdoctor", { createScriptURL: () => "wasm_exec.js" }) : null;
importScripts(files ? files.createScriptURL("") : "wasm_exec.js");
for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport", "importScripts", "indexedDB", "caches", "BroadcastChannel", "Worker"]) {
  Object.defineProperty(self, name, { value: undefined, writable: false, configurable: false });
}

let read = 0, told = 0;
const progress = (bytes) => {
  read += bytes;
  if (performance.now() - told < 100) return;
  told = performance.now();
  postMessage({ read });
};

const calls = {
  diagnose: (sources, now) => { read = 0; return graphdoctor.diagnose(sources, now, progress); },
  report: (format) => graphdoctor.report(format),
  tokens: () => graphdoctor.tokens(),
  needs: () => graphdoctor.needs(),
  explain: (word) => graphdoctor.explain(word),
  warm: (sources) => graphdoctor.warm(sources, () => {}),
  about: () => graphdoctor.about(),
  stop: () => graphdoctor.stop(),
  sanitize: async (n) => {
    const chunks = [];
    read = 0;
    await graphdoctor.sanitize(n, chunks);
    return new Blob(chunks, { type: "text/plain" });
  },
};

// What works on the session is done one after the other; a new diagnosis ends
// what is under way. Pages of rules need not wait.
const onSession = new Set(["diagnose", "report", "tokens", "needs", "sanitize"]);
let last = Promise.resolve();
const perform = (call, args) => {
  if (!onSession.has(call)) return calls[call](...args);
  if (call === "diagnose") graphdoctor.stop();
  const mine = last.then(() => calls[call](...args));
  last = mine.catch(() => {});
  return mine;
};

let begin;
const begun = new Promise((resolve, reject) => { begin = { resolve, reject }; });
onmessage = async ({ data }) => {
  if (data.engine) {
    const go = new Go();
    WebAssembly.instantiate(data.engine, go.importObject).then((instance) => {
      go.run(instance).finally(() => postMessage({ died: true }));
      begin.resolve();
    }).catch(begin.reject);
    return;
  }
  const { id, call, args } = data;
  try {
    await begun;
    postMessage({ id, value: await perform(call, args) });
  } catch (e) {
    postMessage({ id, error: e && e.message || String(e) });
  }
};
