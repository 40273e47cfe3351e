#pragma once

namespace review {

/// What the page does. Everything that comes from the queue and the samples is put in as text, never as HTML.
inline constexpr const char* page_script = R"js(
"use strict";
(() => {
  const page = JSON.parse(document.getElementById("queue").textContent);
  const records = page.records;
  const element = id => document.getElementById(id);

  // One item per answer and annotator, so that neither two windows nor two people with the same page overwrite each
  // other's answers.
  const prefix = "mohs-review:" + page.page + ":";
  const store = {
    get(name) { try { return localStorage.getItem(prefix + name); } catch { return null; } },
    set(name, value) {
      try {
        if (value === null) localStorage.removeItem(prefix + name);
        else localStorage.setItem(prefix + name, value);
        return true;
      } catch { return false; }
    },
    names() {
      try {
        return Object.keys(localStorage).filter(name => name.startsWith(prefix)).map(name => name.slice(prefix.length));
      } catch { return []; }
    },
  };
  const parsed = text => { try { return JSON.parse(text); } catch { return null; } };

  // Answers by annotator, then by record: an answer is whose name was there when it was given.
  const everybody = new Map();
  const answersOf = name => {
    if (!everybody.has(name)) everybody.set(name, new Map());
    return everybody.get(name);
  };
  const ids = new Set(records.map(record => record.record));
  const idLength = 16;
  const itemOf = (id, name) => id + ":" + name;
  const load = (item, text) => {
    const id = item.slice(0, idLength), name = item.slice(idLength + 1);
    if (!ids.has(id) || item[idLength] !== ":" || name === "") return false;
    const answer = parsed(text);
    if (["positive", "negative", "skip"].includes(answer?.verdict)) answersOf(name).set(id, answer);
    else answersOf(name).delete(id);
    return true;
  };
  for (const item of store.names()) load(item, store.get(item));

  let annotator = "", answers = new Map(), at = 0, unsaved = false;
  // What the annotator judged, in order, and the answer that was there before.
  let history = [];
  const firstOpen = from => {
    for (let step = 0; step < records.length; ++step) {
      const at = (from + step) % records.length;
      if (!answers.has(records[at].record)) return at;
    }
    return -1;
  };
  const begin = name => {
    annotator = name.trim();
    answers = annotator === "" ? new Map() : answersOf(annotator);
    const stored = parsed(store.get("history:" + annotator));
    history = Array.isArray(stored) ? stored.filter(entry => answers.has(entry?.record)) : [];
    at = Math.max(0, firstOpen(0));
  };

  const warn = text => { element("warning").textContent = text; element("warning").hidden = text === ""; };
  const keep = (name, value) => {
    if (!store.set(name, value)) warn("This browser keeps nothing: save the verdicts before you leave this page.");
  };

  const show = (box, id, samples) => {
    const place = element(box);
    place.replaceChildren();
    element(box + "-box").hidden = id === undefined;
    if (id === undefined) return;
    const sample = samples[id] ?? {};
    if (sample.image !== undefined) {
      const image = document.createElement("img");
      image.src = sample.image;
      image.alt = "sample " + id;
      place.append(image);
    }
    const text = sample.text ?? (sample.image === undefined ? "sample " + id : undefined);
    if (text !== undefined) {
      const part = document.createElement("div");
      part.dir = "auto";
      part.textContent = text;
      place.append(part);
    }
    if (sample.label !== undefined) {
      const label = document.createElement("bdi");
      label.textContent = sample.label;
      const line = document.createElement("p");
      line.className = "dim";
      line.append("label: ", label);
      place.append(line);
    }
    place.scrollTop = 0;
  };

  const words = {
    label: ["Is the label of this sample right?", "It is right", "It is wrong"],
    negative: ["Does the suspect belong to the anchor? It counts as a negative.", "It is a positive", "It is a negative"],
    positive: ["Does the suspect belong to the anchor? It counts as a positive.", "It is a positive", "It is a negative"],
  };

  const draw = () => {
    element("progress").max = Math.max(1, records.length);
    element("progress").value = answers.size;
    const skipped = [...answers.values()].filter(answer => answer.verdict === "skip").length;
    element("count").textContent = answers.size + " of " + records.length + " judged" + (skipped ? ", " + skipped + " of them skipped" : "");
    element("undo").disabled = history.length === 0;
    element("record").hidden = records.length === 0;
    if (records.length === 0) return;
    const record = records[at];
    document.body.dataset.record = record.record;
    const [question, positive, negative] = words[record.kind];
    element("question").textContent = question;
    element("positive-text").textContent = positive;
    element("negative-text").textContent = negative;
    element("anchor-title").textContent = record.kind === "label" ? "Sample" : "Anchor";
    element("reasons").replaceChildren((at + 1) + " of " + records.length + ", suspected by ");
    record.reasons.forEach((reason, i) => {
      const name = document.createElement("bdi");
      name.textContent = reason.name;
      element("reasons").append(i ? ", " : "", name, " (" + Number(reason.score.toPrecision(4)) + ")");
    });
    const candidates = record.ordered ? page.candidates ?? page.samples : page.samples;
    show("anchor", record.anchor, page.samples);
    show("other-positive", record.positive, candidates);
    show("candidate", record.candidate, candidates);
    const answer = answers.get(record.record);
    for (const verdict of ["positive", "negative", "skip"]) {
      element(verdict).setAttribute("aria-pressed", String(answer !== undefined && answer.verdict === verdict));
    }
  };

  const judge = verdict => {
    if (records.length === 0) return;
    if (annotator === "") {
      warn("Please say who you are first: answers are kept with a name.");
      return;
    }
    warn("");
    const id = records[at].record;
    const answer = { verdict, time: new Date().toISOString() };
    history.push({ record: id, before: answers.get(id) ?? null, after: answer });
    answers.set(id, answer);
    unsaved = true;
    keep(itemOf(id, annotator), JSON.stringify(answer));
    keep("history:" + annotator, JSON.stringify(history));
    const next = firstOpen(at);
    if (next >= 0) at = next;
    else if (at + 1 < records.length) at += 1;
    draw();
  };

  const undo = () => {
    const last = history.pop();
    if (last === undefined) return;
    warn("");
    const item = itemOf(last.record, annotator);
    const now = parsed(store.get(item)) ?? answers.get(last.record);
    if (now !== undefined && (now.time !== last.after?.time || now.verdict !== last.after?.verdict)) {
      load(item, JSON.stringify(now));
      warn("That record was answered again, in another window: the later answer stays.");
    } else {
      if (last.before === null) answers.delete(last.record);
      else answers.set(last.record, last.before);
      keep(item, last.before === null ? null : JSON.stringify(last.before));
      unsaved = true;
    }
    keep("history:" + annotator, JSON.stringify(history));
    at = records.findIndex(record => record.record === last.record);
    draw();
  };

  const move = step => {
    at = Math.min(Math.max(at + step, 0), Math.max(records.length - 1, 0));
    draw();
  };

  const save = () => {
    let text = "";
    for (const record of records) {
      for (const name of [...everybody.keys()].sort()) {
        const answer = answersOf(name).get(record.record);
        if (answer === undefined) continue;
        // Sample ids are strings here, because JavaScript has no integers of 64 bits.
        text += JSON.stringify({
          record: record.record, verdict: answer.verdict, annotator: name, annotator_kind: "person", time: answer.time,
          anchor: record.anchor, candidate: record.candidate, ordered: record.ordered, queue: page.queue,
        }) + "\n";
      }
    }
    warn(text === "" ? "Nothing is judged yet." : "");
    if (text === "") return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
    link.download = "verdicts-" + page.page + ".jsonl";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    unsaved = false;
  };

  element("annotator").value = store.get("annotator") ?? page.annotator;
  element("annotator").addEventListener("input", () => {
    keep("annotator", element("annotator").value);
    begin(element("annotator").value);
    draw();
  });
  const actions = {
    positive: () => judge("positive"), negative: () => judge("negative"), skip: () => judge("skip"),
    undo, back: () => move(-1), forward: () => move(1), save,
  };
  for (const [id, action] of Object.entries(actions)) {
    element(id).addEventListener("click", event => { action(); if (id !== "save") event.currentTarget.blur(); });
  }
  const keys = {
    p: "positive", 1: "positive", n: "negative", 2: "negative", s: "skip", 3: "skip", u: "undo", Backspace: "undo",
    ArrowLeft: "back", ArrowRight: "forward", d: "save",
  };
  document.addEventListener("keydown", event => {
    if (event.target === element("annotator")) {
      if (event.key === "Enter" || event.key === "Escape") event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action === undefined) return;
    event.preventDefault();
    actions[action]();
  });
  // What is judged in another window with this page.
  window.addEventListener("storage", event => {
    const key = event.key ?? "";
    if (key.startsWith(prefix) && load(key.slice(prefix.length), event.newValue)) draw();
  });
  // Only where the browser keeps nothing is anything lost when the page is left.
  window.addEventListener("beforeunload", event => {
    if (unsaved && !store.set("probe", "1")) event.preventDefault();
    store.set("probe", null);
  });
  begin(element("annotator").value);
  draw();
})();
)js";

}  // namespace review
