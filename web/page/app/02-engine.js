// Talking to the worker.

const engine = (() => {
  let worker, waiting, dead, next = 0;
  let onProgress = () => {};

  const compiled = (async () => {
    const answer = await fetch("graphdoctor.wasm");
    if (!answer.ok) throw new Error(`graphdoctor.wasm: ${answer.status}`);
    if (WebAssembly.compileStreaming && (answer.headers.get("content-type") || "").startsWith("application/wasm")) {
      return WebAssembly.compileStreaming(answer);
    }
    return WebAssembly.compile(await answer.arrayBuffer());
  })();

  // Once the engine is here nothing is asked of any server, so what could ask
  // is taken away.
  const sealed = () => {
    for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport", "RTCPeerConnection", "webkitRTCPeerConnection"]) {
      if (name in window) Object.defineProperty(window, name, { value: undefined, writable: false, configurable: false });
    }
  };
  compiled.then(sealed, () => {});

  // The browser runs no script by an address that was made of text; this is the
  // one exception.
  const files = window.trustedTypes ? trustedTypes.createPolicy("graphdoctor", { createScriptURL: () => "worker.js" }) : null;

  const start = () => {
    dead = undefined;
    worker = new Worker(files ? files.createScriptURL("") : "worker.js");
    waiting = new Map();
    worker.onmessage = ({ data }) => {
      if (data.read !== undefined) return onProgress(data.read);
      if (data.died) return lost("the engine stopped, which is a fault of graphdoctor; it was started again");
      const w = waiting.get(data.id);
      waiting.delete(data.id);
      if (!w) return;
      if (data.error !== undefined) w.reject(new Error(data.error));
      else w.resolve(data.value);
    };
    worker.onerror = (e) => { e.preventDefault(); lost("the engine could not be started: " + (e.message || "its script did not load"), true); };
    const mine = worker;
    compiled.then((module) => mine.postMessage({ engine: module }), (e) => lost(`the engine could not be loaded: ${e.message}`, true));
  };

  const lost = (why, stay) => {
    const all = [...waiting.values()];
    end();
    dead = why;
    if (!stay) start();
    for (const w of all) w.reject(new Error(why));
  };

  const end = () => { worker.terminate(); waiting = new Map(); };

  const call = (name, ...args) => new Promise((resolve, reject) => {
    if (dead) return reject(new Error(dead));
    const id = ++next;
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, call: name, args });
  });

  // stop asks the engine to end what it does; where it does not hear, it is
  // started anew.
  const stop = async () => {
    const mine = worker;
    await Promise.race([call("stop"), new Promise((r) => setTimeout(r, 2000, "deaf"))]).then((r) => {
      if (r === "deaf" && worker === mine) lost("stopped; nothing was read to its end");
    });
  };

  start();
  return { call, stop, end, progress: (f) => { onProgress = f; } };
})();
