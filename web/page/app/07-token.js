// The decoded tokens, and their times as a line.

const showTokens = (list) => {
  const box = $("tokens").lastElementChild;
  fill(box, ofBeginning(), list.map((t, i) => tokenCard(t, list.length > 1 && i > 0)));
  $("tokens").hidden = list.length === 0;
};

const tokenCard = (t, folded) => {
  const words = [t.type.charAt(0).toUpperCase() + t.type.slice(1)];
  if (t.token_version) words.push(`version ${t.token_version}`);
  if (t.kind) words.push(t.kind === "application" ? "application: without a user" : "delegated: on behalf of a user");
  const d = el("details", "token", el("summary", "", el("strong", "", words.join(", ")), at(t.place) ? el("span", "faint", ` (${at(t.place)})`) : null));
  d.open = !folded;
  const body = el("div", "body");
  d.append(body);
  put(body, [el("p", "", [t.about, t.flaw && `it cannot be read whole: ${t.flaw}`, t.stripped.length && `taken off to read it: ${t.stripped.join(", ")}`].filter(Boolean).join("; "))]);
  put(body, [timeline(t.times)]);
  const named = (n) => n && (n.name || n.id) ? [n.name && n.id ? `${n.name} (${n.id})` : n.name || n.id, n.note ? el("span", "faint", ` ${n.note}`) : null] : null;
  const rows = [["for", named(t.audience)], ["app", named(t.app)], ["app proved by", t.app_proof], ["tenant", named(t.tenant)], ["object id", t.object_id],
    ["issuer", t.issuer], ["cloud", named(t.cloud) && [named(t.cloud), t.cloud_by ? `, by ${t.cloud_by}` : null]]].filter(([, v]) => v);
  if (rows.length) put(body, [table(rows.map(([n, v]) => [n, ...[v].flat()]))]);
  if (t.permissions.length || t.kind) {
    put(body, [el("h3", "", t.kind === "application" ? "Application permissions (roles)" : "Delegated permissions (scp)"),
      t.permissions.length ? el("ul", "chips", t.permissions.map(permission)) : el("p", "", "none")]);
  }
  if (t.app_roles.length) put(body, [el("h3", "", "App roles of the user"), el("ul", "", t.app_roles.map((r) => el("li", "", r)))]);
  if (t.directory_roles.length) {
    put(body, [el("h3", "", "Directory roles (wids)"), el("ul", "", t.directory_roles.map((r) =>
      el("li", "", r.name || (r.note ? "no role" : "unknown role"), el("span", "faint", ` ${[r.id, r.note, r.privileged && "privileged"].filter(Boolean).join(", ")}`))))]);
  }
  for (const [title, claims] of [["User (shown here only, in no report)", t.user], ["Other claims", t.claims], ["Header", t.header]]) {
    if (claims.length) put(body, [el("details", "", el("summary", "", title), table(claims.map((c) => [el("code", "", c.name), el("code", "", c.values ? c.values.join(", ") || "(empty)" : c.value || "(empty)"), c.meaning ? el("span", "faint", ` ${c.meaning}`) : null])))]);
  }
  return d;
};

const permission = (p) => el("li", "", el("code", "", p.name),
  el("span", "faint", ` ${[p.admin_consent && "admin consent", p.privilege_level && `level ${p.privilege_level} of 5`].filter(Boolean).join(", ")}`));

// timeline draws a token's life from issue to expiry, and the present on it.
const timeline = (times) => {
  if (!times.issued || !times.expires) return null;
  const from = Date.parse(times.issued), to = Date.parse(times.expires), now = Date.now();
  if (!(to > from)) return null;
  const inside = now >= from && now <= to;
  // beyond its life the present stands at the edge, not to scale
  const x = (t) => 80 + 840 * (t - from) / (to - from);
  const nowX = inside ? x(now) : now < from ? 30 : 970;
  const told = times.told ? `${times.told}` : "";
  const picture = svg("svg", { viewBox: "0 0 1000 40", preserveAspectRatio: "none", role: "img", "aria-label": `issued ${moment(times.issued)}, expires ${moment(times.expires)}${told ? `, ${told}` : ""}` },
    svg("line", { class: "track", x1: 0, x2: 1000, y1: 20, y2: 20 }),
    svg("rect", { class: "life", x: 80, y: 12, width: 840, height: 16 }),
    times.valid_from && times.valid_from !== times.issued ? svg("line", { class: "mark", x1: x(Date.parse(times.valid_from)), x2: x(Date.parse(times.valid_from)), y1: 8, y2: 32 }) : null,
    svg("line", { class: inside ? "now" : "now away", x1: nowX, x2: nowX, y1: 0, y2: 40 }));
  return el("div", "timeline", picture, el("div", "ends", el("span", "", "issued", el("br"), moment(times.issued)),
    el("span", "middle", told), el("span", "", "expires", el("br"), moment(times.expires))));
};
