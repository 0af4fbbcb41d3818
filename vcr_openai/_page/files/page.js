"use strict";
// Draws the recordings. Every text of a recording reaches the page as text (textContent), none as HTML, address or code.
(async () => {
const $ = (id) => document.getElementById(id);
const LONG = 3000, ROW = 62, FEW = 8, MANY = 100;

// --- the data: base 85, gzip, JSON, with references into a pool (see packed.py)

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";

function octets(text) {
  const values = new Uint8Array(128);
  for (let i = 0; i < 85; i++) values[DIGITS.charCodeAt(i)] = i;
  const missing = (5 - text.length % 5) % 5;
  const found = new Uint8Array((text.length + missing) / 5 * 4);
  for (let i = 0, o = 0; i < text.length; i += 5) {
    let value = 0;
    for (let j = i; j < i + 5; j++) value = value * 85 + (j < text.length ? values[text.charCodeAt(j)] : 84);
    found[o++] = value >>> 24; found[o++] = value >>> 16; found[o++] = value >>> 8; found[o++] = value;
  }
  return found.subarray(0, found.length - missing);
}

let data, pool;
try {
  const stream = new Blob([octets($("data").textContent.trim())]).stream().pipeThrough(new DecompressionStream("gzip"));
  [data, pool] = JSON.parse(await new Response(stream).text());
} catch (error) {
  $("detail").replaceChildren(make("p", "hint", `The recordings could not be read in this browser: ${error.message}`));
  return;
}
$("data").remove();

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const special = (value) => isObject(value) && Object.hasOwn(value, "@") ? value["@"] : undefined;

/** A value, with a reference followed. */
function get(value) {
  let at;
  while (typeof (at = special(value)) === "number") value = pool[at];
  return value;
}

/** The members of an object as pairs. */
const members = (value) => Array.isArray(special(value)) ? special(value) : Object.entries(value);

/** Lists within lists, with all references in them followed. */
function whole(value) {
  value = get(value);
  return Array.isArray(value) ? value.map(whole) : value;
}

/** What is at a place of a value. */
function at(value, place) {
  for (const step of place) {
    value = get(value);
    value = Array.isArray(special(value)) ? special(value).find((pair) => get(pair)[0] === step)?.[1] : value?.[step];
  }
  return get(value);
}

const columns = new Map(Object.entries(get(data.calls)).map(([name, column]) => [name, get(column)]));
const of = (call, name) => get(columns.get(name)[call]);
const tests = get(data.tests).map(get).map(([name, start, length], number) => {
  name = get(name);
  const calls = Array.from({length}, (_, i) => start + i);
  const split = name.includes("::") ? name.indexOf("::") : name.lastIndexOf("/");
  const skip = split < 0 ? 0 : split + (name.includes("::") ? 2 : 1);
  return {number, name, calls, path: name.slice(0, Math.max(split, 0)), short: name.slice(skip), text: null};
});

// --- elements

function make(kind, names, text) {
  const element = document.createElement(kind);
  if (names) element.className = names;
  if (text !== undefined) element.textContent = text;
  return element;
}

function add(parent, ...children) {
  parent.append(...children.filter((child) => child !== null && child !== undefined));
  return parent;
}

function button(text, act, names) {
  const element = make("button", names, text);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

/** A long text is cut, with a button that shows all of it. */
function textOf(kind, names, text, most = LONG) {
  const element = make(kind, names, text.length > most ? text.slice(0, most) + "…" : text);
  if (text.length > most) {
    const more = button(`all ${text.length.toLocaleString("en")} characters`, () => { element.textContent = text; }, "whole");
    element.append(more);
  }
  return element;
}

/** A part that opens; its content is drawn when it is opened for the first time. */
function section(title, draw, names = "section", open = false) {
  const element = make("details", names);
  const head = make("summary");
  add(head, ...(Array.isArray(title) ? title : [title]));
  element.append(head);
  const once = () => { if (element.open && draw) { const act = draw; draw = null; add(element, ...[act()].flat()); } };
  element.addEventListener("toggle", once);
  element.open = open;
  once();
  return element;
}

const plural = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

// --- JSON as a tree

function scalar(value) {
  value = get(value);
  if (typeof value === "string") return textOf("span", "string", JSON.stringify(value), LONG);
  if (special(value) !== undefined) return make("span", "number", String(special(value)));
  return make("span", typeof value === "number" ? "number" : "word", String(value));
}

function node(name, value, open) {
  value = get(value);
  const key = name === null ? [] : [make("span", "key", String(name)), ": "];
  const isList = Array.isArray(value);
  const isMap = isObject(value) && typeof special(value) !== "string";
  const inner = isList ? value.map((one, i) => [i, one]) : isMap ? members(value) : [];
  if (!inner.length) return add(make("div", "leaf"), ...key, isList ? "[]" : isMap ? "{}" : scalar(value));
  const size = make("span", "soft", isList ? `[${inner.length}]` : `{${inner.length}}`);
  return section([...key, size], () => nodes(inner, 0), "", open);
}

function nodes(pairs, start) {
  const drawn = pairs.slice(start, start + MANY).map((pair) => { const [name, value] = get(pair); return node(get(name), value, false); });
  if (pairs.length > start + MANY) {
    const more = button(`${plural(pairs.length - start - MANY, "more element")}`, () => more.replaceWith(...nodes(pairs, start + MANY)), "whole");
    drawn.push(more);
  }
  return drawn;
}

const tree = (value) => add(make("div", "tree"), node(null, value, true));

function bodyOf(body) {
  body = get(body);
  if (body === null) return make("p", "soft", "no body");
  const [kind, value, type] = body.map(get);
  if (kind === "json") return tree(value);
  if (kind === "bytes") return make("p", "soft", `${plural(value, "byte")} ${type}`);
  return textOf("pre", "boxed", value);
}

// --- conversations

function argumentsOf(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

function part([kind, text, name]) {
  if (kind === "json") return add(make("div", "part"), tree(text));
  const names = kind === "call" ? "part call-part" : `part of-${kind}`;
  const element = make("div", names);
  if (kind === "call") {
    add(element, make("div", "label", `calls ${name ?? "?"}`), text ? textOf("pre", "", argumentsOf(text)) : null);
  } else if (kind === "data" || kind === "result") {
    add(element, kind === "result" ? make("div", "label", "result") : null, textOf("pre", "", argumentsOf(text)));
  } else {
    const label = {reasoning: "thinks", refusal: "refuses"}[kind];
    add(element, label ? make("div", "label", label) : null, textOf("div", kind === "media" ? "text soft" : "text", text));
  }
  return element;
}

function turn([speaker, parts], isAnswer) {
  const names = speaker === "error" ? "turn failure" : isAnswer ? "turn answer" : "turn";
  return add(make("div", names), make("div", "speaker", speaker), ...parts.map(part));
}

/** The parts of a stream's answer after some of its chunks, each with its kind, text and name. */
function streamed(call, count) {
  const [kinds, rules, byChunk] = whole(columns.get("stream")[call]);
  const chunks = of(call, "chunks");
  const parts = kinds.map((kind) => [kind, "", ""]);
  const order = new Set(); // of the parts, by their first texts
  for (let i = 0; i < count; i++) {
    for (const number of [byChunk[i]].flat()) {
      const [slot, isName, place] = rules[number];
      const text = at(get(chunks[i])[1], place);
      parts[slot][isName ? 2 : 1] += text;
      order.add(slot);
    }
  }
  return [...order].map((slot) => parts[slot]);
}

const chunkCount = (call) => of(call, "chunks")?.length ?? 0;

function answered(call) {
  if (of(call, "answered") !== null) return whole(of(call, "answered"));
  const parts = streamed(call, chunkCount(call));
  return parts.length ? [["assistant", parts]] : [];
}

// --- the player of a stream

let player = null; // that of the call that the keys are for

function playerOf(call, said) {
  const total = chunkCount(call);
  const box = make("div");
  const bar = make("div", "player");
  const range = make("input");
  Object.assign(range, {type: "range", min: 0, max: total, value: total});
  range.setAttribute("aria-label", "Chunk of the stream");
  const count = make("output");
  const raw = make("div");
  let timer = null, isOpen = false;
  const stop = () => { clearInterval(timer); timer = null; play.textContent = "▶ Play"; };
  function show() {
    const now = Number(range.value);
    count.textContent = `chunk ${now} of ${total}`;
    range.setAttribute("aria-valuetext", count.textContent);
    const parts = streamed(call, now);
    const turns = now === total ? answered(call) : parts.length ? [["assistant", parts]] : [];
    said.replaceChildren(...turns.map((one) => turn(one, true)));
    if (now < total) [...said.querySelectorAll(".text, pre")].at(-1)?.classList.add("cursor");
    if (now === 0) { raw.replaceChildren(); return; }
    const [text, value] = get(of(call, "chunks")[now - 1]);
    const drawn = section(`Chunk ${now}`, () => text === null ? tree(value) : textOf("pre", "boxed", get(text)), "section", isOpen);
    drawn.addEventListener("toggle", () => { if (drawn.isConnected) isOpen = drawn.open; });
    raw.replaceChildren(drawn);
  }
  function step(by) { stop(); range.value = Number(range.value) + by; show(); }
  function toggle() {
    player = self;
    if (timer) { stop(); return; }
    if (Number(range.value) >= total) range.value = 0;
    show();
    play.textContent = "■ Stop";
    timer = setInterval(() => {
      if (!box.isConnected) { stop(); return; }
      range.value = Number(range.value) + 1;
      show();
      if (Number(range.value) >= total) stop();
    }, Math.max(15, Math.min(120, 6000 / total)));
  }
  const play = button("▶ Play", toggle);
  const self = {step, toggle, box};
  range.addEventListener("input", () => { player = self; stop(); show(); });
  add(bar, play, range, count);
  show();
  player ??= self;
  return add(box, bar, raw);
}

// --- differences, side by side

/** Which elements of two lists stay the same: pairs of their numbers, by the longest common subsequence. */
function common(old, now, most = 600) {
  let head = 0, tail = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const pairs = Array.from({length: head}, (_, i) => [i, i]);
  const a = old.slice(head, old.length - tail), b = now.slice(head, now.length - tail);
  if (a.length && b.length && a.length <= most && b.length <= most) {
    const wide = b.length + 1;
    const best = new Uint16Array((a.length + 1) * wide);
    for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--)
      best[i * wide + j] = a[i] === b[j] ? best[(i + 1) * wide + j + 1] + 1 : Math.max(best[(i + 1) * wide + j], best[i * wide + j + 1]);
    for (let i = 0, j = 0; i < a.length && j < b.length;) {
      if (a[i] === b[j]) { pairs.push([head + i++, head + j++]); }
      else if (best[(i + 1) * wide + j] >= best[i * wide + j + 1]) i++; else j++;
    }
  }
  for (let i = tail; i > 0; i--) pairs.push([old.length - i, now.length - i]);
  return pairs;
}

const words = (text) => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];

/** A cell with the words of a line; those that the other line does not have are marked. */
function cell(kind, own, kept) {
  const element = make("td", kind);
  for (let i = 0; i < own.length;) {
    const start = i, isKept = kept.has(i);
    while (i < own.length && kept.has(i) === isKept) i++;
    const text = own.slice(start, i).join("");
    element.append(isKept ? text : make("b", "", text));
  }
  return element;
}

function line(before, after) {
  const row = make("tr");
  if (before === undefined) return add(row, make("td", "none"), make("td", "new", after));
  if (after === undefined) return add(row, make("td", "old", before), make("td", "none"));
  const one = words(before), other = words(after);
  const pairs = common(one, other, 400);
  const isAlike = pairs.some(([i]) => one[i].trim());
  const cells = [["old", one, 0], ["new", other, 1]];
  return add(row, ...cells.map(([kind, own, side]) => cell(kind, own, isAlike ? new Set(pairs.map((pair) => pair[side])) : new Set(own.keys()))));
}

/** The lines of two texts; where there are long ones, they are cut at the ends of sentences. */
function linesOf(...texts) {
  const isLong = texts.some((text) => text.split("\n").some((one) => one.length > 100));
  return texts.map((text) => text.split("\n").flatMap((one) => isLong ? one.split(/(?<=[.?!;]) /) : [one]));
}

/** The rows of two texts, side by side; of a long stretch that both have only the ends are shown. */
function sides(old, now) {
  const [one, other] = linesOf(old, now), rows = [];
  let i = 0, j = 0, same = [];
  const flush = (isLast) => {
    const folded = same.length > 7 ? same.slice(rows.length ? 3 : 0, isLast ? same.length : same.length - 3) : [];
    const first = folded.length ? same.indexOf(folded[0]) : same.length;
    same.forEach((text, number) => {
      if (number < first || number >= first + folded.length) rows.push(add(make("tr"), make("td", "", text), make("td", "", text)));
      else if (number === first) {
        const fold = make("td", "fold", `… ${plural(folded.length, "line")} the same`);
        fold.colSpan = 2;
        rows.push(add(make("tr"), fold));
      }
    });
    same = [];
  };
  for (const [x, y] of [...common(one, other), [one.length, other.length]]) {
    if (i < x || j < y) flush(false);
    while (i < x || j < y) rows.push(line(i < x ? one[i++] : undefined, j < y ? other[j++] : undefined));
    if (x < one.length) { same.push(one[x]); i = x + 1; j = y + 1; }
  }
  flush(true);
  return table(rows);
}

function table(rows, path) {
  const head = add(make("tr"), path ? make("th", "", "Place") : null, make("th", "", "Before"), make("th", "", "After"));
  return add(make("table"), add(make("thead"), head), add(make("tbody"), ...rows));
}

function shown(value) {
  value = get(value);
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_, one) => { one = get(one); return typeof special(one) === "string" ? special(one) : Array.isArray(special(one)) ? members(one) : one; }, 1);
}

function pathRows(changes) {
  return table(changes.map((change) => {
    const [path, before, after] = get(change).map(get);
    const row = add(make("tr"), make("td", "mono", path));
    const texts = [before, after].map((side) => side.length ? shown(side[0]) : undefined);
    return add(row, ...line(...texts).children);
  }), true);
}

function changes(call) {
  const diff = of(call, "diff"), drawn = [];
  const request = get(diff.request);
  for (const [kind, before, after, paths] of get(diff.answers).map((one) => get(one).map(get))) {
    const name = kind === "call" ? ` (${(after || before).split("(")[0]})` : "";
    const table = paths.length ? pathRows(paths) : sides(before, after);
    drawn.push(add(make("div", "change"), make("h4", "", kindWords(kind) + name), table));
  }
  if (request.length) {
    const isNoise = !get(diff.kinds).includes("request");
    drawn.push(add(make("div", "change"), make("h4", "", isNoise ? "request: noise only" : kindWords("request")), pathRows(request)));
  }
  return drawn.length ? drawn : [make("p", "soft", "Only ids, times or the borders of chunks differ.")];
}

const kindWords = (kind) => get(get(data.kinds)[get(kind)]) ?? get(kind);
const stateClass = {changed: "note", added: "good", removed: "bad", "noise only": "soft", same: "soft"};

// --- the conversation of a test

function headOf(call, name) {
  const status = of(call, "status"), state = of(call, "state"), stream = of(call, "chunks");
  const facts = [of(call, "model"), stream ? plural(stream.length, "chunk") : "", of(call, "tokens") ? plural(of(call, "tokens"), "token") : ""];
  return add(make("h3"),
    state && state !== "same" ? make("span", `badge ${stateClass[state]}`, state) : null,
    make("span", "", `${of(call, "method")} ${of(call, "endpoint")}`.trim()),
    of(call, "endpoint") === "opaque" ? null : make("span", of(call, "failed") ? "bad" : "good", String(status)),
    ...facts.filter(Boolean).map((fact) => make("span", "soft", fact)),
    make("span", "soft", of(call, "file") === name ? of(call, "place") : `${of(call, "file")} ${of(call, "place")}`));
}

function talk(call) {
  const drawn = whole(columns.get("asked")[call]).map((one) => turn(one, false));
  if (of(call, "settings") !== null) drawn.unshift(section("Settings", () => tree(of(call, "settings"))));
  const said = make("div");
  drawn.push(said);
  if (chunkCount(call)) drawn.push(playerOf(call, said));
  else said.append(...answered(call).map((one) => turn(one, true)));
  return drawn;
}

function wire(call) {
  const isOpaque = of(call, "endpoint") === "opaque";
  const request = () => [make("p", "mono", `${of(call, "method")} ${of(call, "uri")}`.trim()), section("Headers", () => tree(of(call, "headers"))), bodyOf(columns.get("body")[call])];
  const stream = of(call, "chunks");
  const chunks = () => add(make("div", "tree"), ...nodes(stream.map((one, i) => { const [text, value] = get(one); return [i + 1, text === null ? value : text]; }), 0));
  const response = () => [section("Headers", () => tree(of(call, "response_headers"))), stream ? chunks() : bodyOf(columns.get("response")[call])];
  return [section("Request", request), isOpaque ? null : section("Response", response)];
}

function drawCall(call) {
  const box = make("div", "body");
  const diff = of(call, "diff"), was = of(call, "was");
  if (diff) add(box, section(`Differences: ${get(diff.kinds).map(kindWords).join(", ")}`, () => changes(call), "section changes", true));
  add(box, ...talk(call), ...wire(call));
  if (was !== null) add(box, section("The version before", () => [...talk(was), ...wire(was)]));
  return box;
}

const drawWhenSeen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    drawWhenSeen.unobserve(entry.target);
    entry.target.append(drawCall(entry.target.call));
    highlight();
  }
}, {rootMargin: "300px"});

function showTest(test) {
  drawWhenSeen.disconnect();
  player = null;
  const detail = $("detail");
  const back = button("‹ Tests", leave, "back");
  const boxes = test.calls.map((call, number) => {
    const box = add(make("section", "call"), headOf(call, test.name));
    if (number < FEW) box.append(drawCall(call));
    else { box.call = call; drawWhenSeen.observe(box); }
    return box;
  });
  const skip = test.name.length - test.short.length;
  const title = add(make("h2"), make("span", "soft", test.name.slice(0, skip)), test.short);
  detail.replaceChildren(back, title, ...boxes);
  detail.scrollTop = 0;
  const place = highlight()?.getBoundingClientRect().top - detail.getBoundingClientRect().top;
  if (place > detail.clientHeight) detail.scrollTop = place - detail.clientHeight / 3;
}

function leave() {
  document.body.classList.remove("reading");
  $("list").focus();
}

// --- the list

let found = tests, selected = null, naming = null;
const rows = $("rows"), list = $("list");

function rowOf(test, place) {
  const row = make("div", "row");
  row.id = `test-${test.number}`;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", String(test === selected));
  row.setAttribute("aria-setsize", String(found.length));
  row.setAttribute("aria-posinset", String(place + 1));
  row.style.top = `${place * ROW}px`;
  row.title = test.name;
  const states = new Set(test.calls.map((call) => of(call, "state")));
  const state = ["changed", "added", "removed", "noise only"].find((one) => states.has(one));
  const more = make("div", "more");
  if (state) more.append(make("span", `badge ${stateClass[state]}`, state));
  if (test.calls.some((call) => of(call, "failed"))) more.append(make("span", "badge bad", "failure"));
  const models = [...new Set(test.calls.map((call) => of(call, "model") || of(call, "endpoint")))];
  more.append(`${plural(test.calls.length, "request")} · ${models.slice(0, 3).join(", ")}${models.length > 3 ? " …" : ""}`);
  row.addEventListener("click", () => select(test, true));
  return add(row, make("div", "path", test.path || "\u00a0"), make("div", "name", test.short), more);
}

function drawRows() {
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 10);
  const last = Math.min(found.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 10);
  rows.style.height = `${found.length * ROW}px`;
  rows.replaceChildren(...found.slice(first, last).map((test, i) => rowOf(test, first + i)));
  if (selected && found.includes(selected)) list.setAttribute("aria-activedescendant", `test-${selected.number}`);
  else list.removeAttribute("aria-activedescendant");
}

function select(test, isOpened = false) {
  if (test !== selected) { selected = test; showTest(test); }
  if (isOpened) document.body.classList.add("reading");
  const place = found.indexOf(test);
  if (place * ROW < list.scrollTop) list.scrollTop = place * ROW;
  if ((place + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (place + 1) * ROW - list.clientHeight;
  drawRows();
  clearTimeout(naming); // browsers refuse many changes of the address in a short time
  naming = setTimeout(() => history.replaceState(null, "", `#${encodeURIComponent(test.name.toWellFormed())}`), 200);
}

function move(by) {
  if (!found.length) return;
  const place = selected ? found.indexOf(selected) : -1;
  select(found[Math.max(0, Math.min(found.length - 1, place < 0 ? 0 : place + by))]);
}

// --- search and filters

const filters = ["model", "endpoint", "tool", "state"];
const valuesOf = {
  model: (call) => [of(call, "model")], endpoint: (call) => [of(call, "endpoint")],
  tool: (call) => get(of(call, "tools")).map(get), state: (call) => [of(call, "state")],
};

function fill(name, title) {
  const counts = new Map();
  for (const test of tests) for (const call of test.calls) for (const value of valuesOf[name](call))
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  const options = [...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([value, count]) => new Option(`${value} (${count})`, value));
  $(name).replaceChildren(new Option(title, ""), ...options);
  $(name).disabled = !options.length;
}

function textOfTest(test) {
  if (test.text === null) {
    const said = (call) => [...whole(columns.get("asked")[call]), ...answered(call)].flatMap(([speaker, parts]) =>
      [speaker, ...parts.flatMap(([kind, text, name]) => kind === "json" ? [shown(text)] : [text, name ?? ""])]);
    const facts = (call) => ["file", "model", "endpoint"].map((name) => of(call, name));
    test.text = [test.name, ...test.calls.flatMap((call) => [...facts(call), ...said(call)])].join("\n").toLowerCase();
  }
  return test.text;
}

const terms = () => $("search").value.toLowerCase().split(/\s+/).filter(Boolean);

function filter() {
  const wanted = filters.map((name) => [name, $(name).value]).filter(([, value]) => value);
  const failed = $("failed").checked, searched = terms();
  const fits = (call) => (!failed || of(call, "failed")) && wanted.every(([name, value]) =>
    name === "state" && value === "*" ? !["same", "noise only"].includes(of(call, "state")) : valuesOf[name](call).includes(value));
  found = tests.filter((test) => test.calls.some(fits) && (!searched.length || searched.every((term) => textOfTest(test).includes(term))));
  const isAll = found.length === tests.length;
  $("count").textContent = isAll ? plural(tests.length, "test") : `${found.length.toLocaleString("en")} of ${plural(tests.length, "test")}`;
  $("clear").hidden = !(wanted.length || failed || searched.length);
  list.scrollTop = 0;
  if (!found.length) {
    selected = null;
    drawRows();
    $("detail").replaceChildren(button("‹ Tests", leave, "back"), make("p", "hint", tests.length ? "No test has all of that." : "There is no recording."));
  } else select(selected && found.includes(selected) ? selected : found[0]);
  highlight();
}

/** Mark what is searched for in the conversation; where that is first. */
function highlight() {
  if (!window.Highlight || !CSS.highlights) return undefined;
  CSS.highlights.delete("found");
  const searched = terms();
  if (!searched.length) return undefined;
  const ranges = [], walker = document.createTreeWalker($("detail"), NodeFilter.SHOW_TEXT);
  for (let one; (one = walker.nextNode()) && ranges.length < 2000;) {
    const text = one.data.toLowerCase();
    if (text.length !== one.data.length) continue;
    for (const term of searched) for (let start = text.indexOf(term); start >= 0; start = text.indexOf(term, start + term.length)) {
      const range = new Range();
      range.setStart(one, start);
      range.setEnd(one, start + term.length);
      ranges.push(range);
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
  return ranges.find((range) => range.startContainer.parentElement.closest(".call"));
}

function clear() {
  for (const name of filters) $(name).value = "";
  $("search").value = "";
  $("failed").checked = false;
  filter();
}

// --- light and dark

const THEMES = {auto: "light dark", light: "light", dark: "dark"};
const stored = (() => { try { return localStorage.getItem("vcr-openai-theme"); } catch { return null; } })();
let theme = Object.hasOwn(THEMES, stored ?? "") ? stored : "auto";

function showTheme() {
  document.documentElement.style.colorScheme = THEMES[theme];
  $("theme").textContent = `Theme: ${theme}`;
}

function nextTheme() {
  const names = Object.keys(THEMES);
  theme = names[(names.indexOf(theme) + 1) % names.length];
  try { localStorage.setItem("vcr-openai-theme", theme); } catch { /* a page without storage forgets it */ }
  showTheme();
}

// --- keys

const keys = {
  "/": () => { leave(); $("search").focus(); $("search").select(); },
  j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1),
  Home: () => move(-Infinity), End: () => move(Infinity),
  ArrowRight: () => player?.step(1), ArrowLeft: () => player?.step(-1), p: () => player?.toggle(),
  f: () => $("failed").click(),
  c: () => { if (data.compared) { $("state").value = $("state").value === "*" ? "" : "*"; filter(); } },
  t: nextTheme,
  "?": () => $("keys").showModal(),
  Enter: () => { document.body.classList.add("reading"); $("detail").focus(); },
  Escape: leave,
};
const scrolls = new Set(["ArrowDown", "ArrowUp", "Home", "End"]);

document.addEventListener("keydown", (event) => {
  const target = event.target, isText = target.matches("input[type=search], select");
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  if (isText) {
    if (event.key === "Escape" || (event.key === "Enter" && target === $("search"))) { event.preventDefault(); list.focus(); }
    return;
  }
  if (target.matches("input[type=range]") && /^(Arrow|Home|End)/.test(event.key)) return;
  if (target.closest("button, summary, input") && ["Enter", " "].includes(event.key)) return;
  if ($("detail").contains(target) && scrolls.has(event.key)) return;
  const act = Object.hasOwn(keys, event.key) ? keys[event.key] : null;
  if (act) { event.preventDefault(); act(); }
});

// --- all together

let waiting = null;
$("search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
for (const name of filters) $(name).addEventListener("change", filter);
$("failed").addEventListener("change", filter);
$("clear").addEventListener("click", clear);
$("theme").addEventListener("click", nextTheme);
$("help").addEventListener("click", keys["?"]);
list.addEventListener("scroll", drawRows, {passive: true});
addEventListener("resize", drawRows);
addEventListener("hashchange", () => open(location.hash));

/** Show the test that an address names. */
function open(hash) {
  const name = (() => { try { return decodeURIComponent(hash.slice(1)); } catch { return ""; } })();
  const test = found.find((one) => one.name === name);
  if (test) select(test, true);
}

const asked = location.hash; // before a selection changes it
fill("model", "All models");
fill("endpoint", "All endpoints");
fill("tool", "All tools");
fill("state", "All states");
$("state").hidden = !data.compared;
if (data.compared) $("state").options[0].after(new Option("changed, added or removed", "*"));
const failures = get(data.failures).map(whole);
if (failures.length) {
  const title = make("span", "bad", `${plural(failures.length, "problem")}: not all could be read`);
  $("summary").parentElement.after(section([title], () => failures.map(([file, message]) => make("div", "text", `${file}: ${message}`)), "problems"));
}
showTheme();
filter();
open(asked);
list.focus({preventScroll: true});
document.documentElement.dataset.ready = "";
})();
