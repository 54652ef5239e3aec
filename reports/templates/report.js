// The report's filter and its keys. Without this script everything can be read all the same.
"use strict";
(() => {
  const form = document.getElementById("filter");
  const fields = form.elements;
  const items = [...document.querySelectorAll(".item")];
  const words = new Map();
  form.hidden = false;

  const text = (item) => {
    if (!words.has(item)) words.set(item, item.textContent.toLowerCase());
    return words.get(item);
  };
  const shown = (item, wanted, severity, role, fresh) =>
    (!severity || item.dataset.s === severity || item.dataset.s === undefined) &&
    (!role || item.dataset.r === undefined || item.dataset.r.split(" ").includes(role)) &&
    (!fresh || item.dataset.n === undefined || item.dataset.n === "1") &&
    wanted.every((word) => text(item).includes(word));

  const apply = () => {
    const wanted = fields.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const [severity, role, fresh] = [fields.severity.value, fields.role.value, fields.new.checked];
    let left = 0;
    for (const item of items) {
      const keep = shown(item, wanted, severity, role, fresh);
      if (item.hidden === keep) item.hidden = !keep;
      if (keep && item.localName === "article") left += 1;
    }
    const narrowed = wanted.length || severity || role || fresh;
    form.querySelector("output").textContent = narrowed ? `${left} findings shown` : "";
  };

  let waiting;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 120); });
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => { event.preventDefault(); apply(); });
  document.getElementById("open").addEventListener("click", (event) => {
    const closed = [...document.querySelectorAll("details.item:not([hidden])")];
    const open = closed.some((each) => !each.open);
    for (const each of closed) each.open = open;
    event.target.textContent = open ? "Close all sections" : "Open all sections";
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/INPUT|SELECT/.test(event.target.tagName)) {
      event.preventDefault();
      fields.text.focus();
    }
  });

  // A link to a closed section opens it; one to a section that is filtered away shows it.
  const arrive = () => {
    const there = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (there && there.localName === "details") {
      there.hidden = false;
      there.open = true;
      there.scrollIntoView();
      there.querySelector("summary").focus({ preventScroll: true });
    }
  };
  addEventListener("hashchange", arrive);
  arrive();
})();
