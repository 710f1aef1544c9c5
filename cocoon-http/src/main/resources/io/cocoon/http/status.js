"use strict";
// Draws what /status.json says. Every text of a peer goes in as text, never as markup, with invisible and direction-changing
// characters made visible.

const PATIENCE = 8000, LONG = 160, SVG = "http://www.w3.org/2000/svg";
const $ = id => document.getElementById(id);
let every = 5000, points = [], latest = null, startedAt = 0, receivedAt = 0, failedSince = 0, failure = "";

// ---- text

function clean(text) {
  return String(text).replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    c => "\u2039U+" + c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0") + "\u203a");
}

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

function bdi(text) {
  const element = make("bdi");
  element.textContent = clean(text);
  return element;
}

const cut = (text, length) => text.length > length ? text.slice(0, length) + "…" : text;

/** A text of unknown length: a long one opens on demand. */
function written(text) {
  if (text.length <= LONG) return bdi(text);
  return make("details", "long", make("summary", "", bdi(cut(text, LONG / 2))), make("div", "", bdi(text)));
}

// ---- numbers

const whole = value => Math.round(value).toLocaleString("en");
const short = value => value === 0 ? "0" : Math.abs(value) >= 100 ? whole(value)
  : String(Number(value.toPrecision(3)));

function ton(nanotons) {
  const value = BigInt(nanotons), digits = (value < 0n ? -value : value).toString().padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "");
  return (value < 0n ? "−" : "") + Number(digits.slice(0, -9)).toLocaleString("en") + (fraction ? "." + fraction : "");
}

function scaled(value, step, names) {
  let index = 0;
  while (Math.abs(value) >= step && index < names.length - 1) { value /= step; index++; }
  return [short(value), names[index]];
}

/** Returns a number and its unit, or null for a text. */
function measure(unit, value) {
  const n = Number(value);
  switch (unit) {
    case "COUNT": return [Number.isInteger(n) ? whole(n) : short(n), ""];
    case "PER_MINUTE": return [short(n), "/min"];
    case "TOKENS_PER_SECOND": return [short(n), "/s"];
    case "TON": return [/^-?\d+$/.test(value) ? ton(value) : short(n / 1e9), "TON"];
    case "BYTES": return scaled(n, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
    case "SECONDS": return n > 0 && n < 1 ? [short(n * 1000), "ms"] : n < 120 ? [short(n), "s"] : [short(n / 60), "min"];
    case "SHARE": return [short(n * 100), "%"];
    case "THOUSANDTHS": return [String(n / 1000), ""];
    default: return null;
  }
}

const plain = (unit, value) => value === null || value === "" ? "–" : measure(unit, value).filter(Boolean).join(" ");

function valueOf(unit, value) {
  if (value === "") return make("span", "quiet", "–");
  const number = measure(unit, value);
  if (!number) return unit === "CODE" ? make("code", "", written(value)) : written(value);
  return number[1] ? make("span", "", number[0], " ", make("span", "unit", number[1])) : make("span", "", number[0]);
}

const clock = millis => new Date(millis).toLocaleTimeString("en-GB");

function span(seconds) {
  return seconds < 90 ? Math.round(seconds) + " s" : seconds < 5400 ? Math.round(seconds / 60) + " min"
    : seconds < 172800 ? (seconds / 3600).toFixed(1) + " h" : Math.round(seconds / 86400) + " days";
}

/** An amount that is read at a glance; tables have all digits. */
function rounded(item) {
  const whole = item.unit === "TON" && item.value !== "" && Math.abs(Number(item.value)) >= 1e9;
  return whole ? { ...item, value: String(BigInt(item.value) / 1000000n * 1000000n) } : item;
}

function pairs(list, items) {
  list.replaceChildren(...items.map(item => make("div", "", make("dt", "", item.label), make("dd", "", valueOf(item.unit, item.value)))));
}

/** Redraws a part only when its data changed, so that a reader's place and selection stay. */
function redraw(element, data, draw) {
  const text = JSON.stringify(data);
  if (element.seen !== text) { element.seen = text; draw(); }
}

// ---- plots

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  element.append(...children);
  return element;
}

/** The least round number that is not below: 1, 2 or 5 times a power of ten, for bytes of two. */
function ceiling(value, unit) {
  if (unit === "BYTES") { let top = 1024; while (top < value) top *= 2; return top; }
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 5, 10].find(step => value <= step * power * 1.0000001);
}

function plots(status) {
  let column = 1;
  status.plots.forEach((plot, index) => {
    const first = column;
    column += plot.lines.length;
    const box = $("plots").children[index] || $("plots").appendChild(make("figure", "plot"));
    drawPlot(box, plot, plot.lines.map((name, i) => ({ name, color: "l" + i % 4, values: points.map(p => p[first + i]) })));
  });
}

function drawPlot(box, plot, lines) {
  // A line that never has a value does not exist for this process.
  lines = lines.filter(line => line.values.some(v => v !== null));
  const last = lines.map(line => line.values.findLast(v => v !== null));
  const top = Math.max(0, ...lines.flatMap(line => line.values.filter(v => v !== null)));
  const unit = plain(plot.unit, "1").replace(/^[\d,.]+ ?/, "");
  const label = { SECONDS: "", BYTES: "", COUNT: "" }[plot.unit] ?? unit;
  const head = make("div", "head", make("h3", "", plot.title), make("span", "quiet unit", label));
  if (!(top > 0)) {
    const text = points.length ? plot.empty : "The first point comes within " + every / 1000 + " s.";
    box.replaceChildren(head, make("p", "none", text));
    return;
  }
  const width = Math.max(200, box.clientWidth - 30), height = 150, bottom = 18, right = 8, roof = 8;
  const end = points.at(-1)[0], begin = Math.min(points[0][0], end - 60 * every), max = ceiling(top, plot.unit);
  const mark = v => plot.unit === "TON" ? short(v / 1e9) : measure(plot.unit, v).slice(0, /SECONDS|BYTES/.test(plot.unit) ? 2 : 1).join(" ");
  const left = 14 + 6.5 * Math.max(...[0, max / 2, max].map(v => mark(v).length));
  const x = t => left + (t - begin) / (end - begin) * (width - left - right);
  const y = v => height - bottom - v / max * (height - bottom - roof);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": plot.title + ", newest values: "
    + lines.map((line, i) => line.name + " " + plain(plot.unit, String(last[i]))).join(", ") });
  for (const v of [0, max / 2, max]) {
    const tick = svg("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" });
    tick.textContent = mark(v);
    picture.append(svg("line", { class: "grid", x1: left, x2: width - right, y1: y(v), y2: y(v) }), tick);
  }
  for (const [t, anchor] of [[begin, "start"], [(begin + end) / 2, "middle"], [end, "end"]]) {
    const tick = svg("text", { x: x(t), y: height - 3, "text-anchor": anchor });
    tick.textContent = clock(t).slice(0, end - begin < 600000 ? 8 : 5);
    picture.append(tick);
  }
  lines.forEach(line => {
    let path = "", run = 0;
    line.values.forEach((v, i) => {
      const t = points[i][0];
      if (v === null) { run = 0; return; }
      const gap = run && t - points[i - 1][0] > 4 * every;
      if (gap) run = 0;
      path += (run++ ? "L" : "M") + x(t).toFixed(1) + " " + y(v).toFixed(1);
      const next = line.values[i + 1];
      if (run === 1 && (next === null || next === undefined)) {
        picture.append(svg("circle", { class: "dot " + line.color, cx: x(t), cy: y(v), r: 2.5 }));
      }
    });
    picture.append(svg("path", { class: "curve " + line.color, d: path }));
  });
  const legend = make("ul", "legend", ...lines.map((line, i) =>
    make("li", "", make("span", "key " + line.color), line.name, make("b", "", plain(plot.unit, String(last[i]))))));
  box.replaceChildren(head, picture, legend);
}

// ---- peers and tables

const OUTCOMES = { PASSED: ["✓ passed", "good"], FAILED: ["✗ FAILED", "bad"], NOT_APPLICABLE: ["– not run", "idle"] };

function grid(columns, rows, className) {
  const head = make("tr", "", ...columns.map(column => {
    const cell = make("th", column.num ? "num" : "", column.label);
    cell.scope = "col";
    return cell;
  }));
  return make("table", className || "", make("thead", "", head), make("tbody", "", ...rows));
}

function checks(report) {
  const rows = report.checks.map(check => {
    const [word, level] = OUTCOMES[check.outcome] || [check.outcome, "idle"];
    const name = make("th", "code", bdi(check.name));
    name.scope = "row";
    const seen = make("td", "seen", written(check.seen));
    if (check.wanted) seen.append(make("div", "quiet", "wanted: ", written(check.wanted)));
    if (check.next) seen.append(make("div", "problem", "next: ", written(check.next)));
    return make("tr", "", make("td", "outcome " + level, word + (check.code ? " (" + check.code + ")" : "")), name, seen,
      make("td", "quiet", written(check.rule)));
  });
  return grid([{ label: "Outcome" }, { label: "Check" }, { label: "Seen" }, { label: "Rule" }], rows, "checks");
}

function peer(element, one) {
  const verdict = make("span", "verdict " + one.level, bdi(cut(one.verdict, LONG)));
  element.firstChild.replaceChildren(make("span", "who", bdi(cut(one.name, 60))), verdict, make("span", "state", bdi(cut(one.state.toLowerCase(), 20))));
  const inside = element.lastChild;
  const list = make("dl", "pairs");
  const items = one.name.length > 60 ? [{ label: "Name", unit: "TEXT", value: one.name }, ...one.items] : one.items;
  pairs(list, items);
  inside.replaceChildren(list);
  if (one.problem) inside.prepend(make("p", "problem", "Last problem: ", written(one.problem)));
  if (one.report) {
    pairs(list, items.concat(
      { label: "Policy", unit: "TEXT", value: one.report.policy },
      { label: "Verified at", unit: "TEXT", value: new Date(one.report.time).toISOString().replace("T", " ").slice(0, 19) + " UTC" },
      { label: "Image", unit: "CODE", value: one.report.image },
      { label: "Key", unit: "CODE", value: one.report.key }));
    const count = what => one.report.checks.filter(check => check.outcome === what).length;
    inside.append(make("h3", "", `${one.report.checks.length} checks: ${count("PASSED")} passed, ${count("FAILED")} failed, `
      + `${count("NOT_APPLICABLE")} not run`), scrolling(checks(one.report), "Checks of " + clean(one.name)));
  } else if (one.kind) {
    inside.append(make("p", "quiet", "This process made no checks of this peer."));
  }
}

function scrolling(content, label) {
  const box = make("div", "table", content);
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", label);
  return box;
}

function peers(groups) {
  groups.forEach((group, index) => {
    const box = $("peers").children[index] || $("peers").appendChild(make("section", "", make("h2"), make("p", "quiet"), make("div")));
    const [title, none, list] = box.children;
    title.textContent = group.title + (group.all.length ? " (" + group.all.length + ")" : "");
    none.textContent = group.none;
    none.hidden = group.all.length > 0;
    while (list.children.length > group.all.length) list.lastChild.remove();
    group.all.forEach((one, i) => {
      const element = list.children[i]
        || list.appendChild(make("details", "peer", make("summary"), make("div", "inside")));
      redraw(element, one, () => peer(element, one));
    });
  });
}

function tables(all) {
  $("tables").replaceChildren(...all.map(table => {
    const isNumber = column => !/TEXT|CODE/.test(column.unit);
    const rows = table.rows.map(row => make("tr", "", ...row.map((cell, i) =>
      make("td", isNumber(table.columns[i]) ? "num" : table.columns[i].unit === "CODE" ? "code" : "", valueOf(table.columns[i].unit, cell)))));
    const columns = table.columns.map(column => ({ label: column.label, num: isNumber(column) }));
    const content = rows.length ? grid(columns, rows) : make("p", "", table.none);
    return make("section", "", make("h2", "", table.title), scrolling(content, table.title));
  }));
}

function unproven(groups) {
  const connected = groups.flatMap(group => group.all).filter(one => one.kind);
  const count = kind => connected.filter(one => one.kind === kind).length;
  const simulated = count("SIMULATED"), bare = count("UNATTESTED"), texts = [];
  if (simulated) texts.push(`SIMULATED attestation: the evidence of ${simulated} of ${connected.length} peers proves nothing. For test networks only.`);
  if (bare) texts.push(`UNATTESTED: nothing was proven about ${bare} of ${connected.length} peers.`);
  $("unproven").textContent = texts.join(" ");
  $("unproven").hidden = !texts.length;
}

// ---- orders

function orders(status) {
  $("orders").hidden = !status.orders.length;
  $("orders-off").hidden = status.takesOrders;
  $("token-form").hidden = !status.takesOrders;
  $("order-list").replaceChildren(...(status.takesOrders ? status.orders : []).map(order => {
    const inputs = order.fields.map(field => {
      const input = make("input");
      input.name = field.name;
      input.required = true;
      return make("label", "", field.label, input);
    });
    const form = make("form", "order", make("p", "", order.explanation), ...inputs, make("button", "", order.label));
    form.addEventListener("submit", event => {
      event.preventDefault();
      give(order, new URLSearchParams(new FormData(form)));
    });
    return form;
  }));
}

async function give(order, fields) {
  const result = $("order-result");
  result.className = "";
  result.textContent = "…";
  try {
    const answer = await fetch(order.path + "?" + fields, { method: "POST", headers: { Authorization: "Bearer " + $("token").value } });
    const body = await answer.json();
    result.className = answer.ok ? "good" : "bad";
    result.textContent = clean(order.label + ": " + (body.error ? body.error.message : body.what));
  } catch (e) {
    result.className = "bad";
    result.textContent = order.label + ": no answer came; look whether it was done before you ask again.";
  }
}

// ---- polling

function show(status) {
  if (status.startedAt !== startedAt) { points = []; startedAt = status.startedAt; }
  points = points.filter(p => !status.points.length || p[0] < status.points[0][0]).concat(status.points).slice(-status.keptPoints);
  latest = status;
  every = status.everyMillis;
  const name = cut(status.name, LONG);
  document.title = clean(status.role + " · " + status.health.word + " · " + name.slice(0, 60));
  $("role").textContent = status.role;
  $("name").replaceChildren(bdi(name));
  $("health").className = "badge " + status.health.level;
  $("health").textContent = status.health.word;
  $("reasons").replaceChildren(...status.health.reasons.map(reason => make("li", "", written(reason))));
  unproven(status.peers);
  pairs($("tiles"), status.tiles.map(rounded));
  plots(status);
  peers(status.peers);
  redraw($("tables"), status.tables, () => tables(status.tables));
  redraw($("facts"), status.facts, () => pairs($("facts"), status.facts));
  redraw($("orders"), [status.orders, status.takesOrders], () => orders(status));
}

function age() {
  const seconds = (Date.now() - receivedAt) / 1000;
  if (latest) $("age").textContent = `As of ${clock(latest.now)}, ${span(seconds)} ago. Watched for ${span((latest.now - startedAt) / 1000)}.`;
  const old = failedSince > 0;
  document.body.classList.toggle("old", old);
  $("stale").hidden = !old;
  if (old) {
    const text = `The process stopped answering (${failure}). `
      + (latest ? `What you see is from ${clock(latest.now)}.` : "Nothing was received yet.");
    if ($("stale").textContent !== text) $("stale").textContent = text;
  }
}

async function poll() {
  try {
    const since = points.length ? points.at(-1)[0] : 0;
    const answer = await fetch("/status.json?since=" + since, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error("HTTP status " + answer.status);
    const status = await answer.json();
    receivedAt = Date.now();
    failedSince = 0;
    show(status);
  } catch (e) {
    failedSince = failedSince || Date.now();
    failure = e.name === "TimeoutError" ? "no answer within " + PATIENCE / 1000 + " s" : e.name === "TypeError" && /fetch/i.test(e.message) ? "no connection" : clean(e.message);
  }
  age();
  setTimeout(poll, every);
}

$("token-form").addEventListener("submit", event => event.preventDefault());
addEventListener("resize", () => latest && plots(latest));
setInterval(age, 1000);
poll();
