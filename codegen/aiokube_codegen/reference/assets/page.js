// What pages of the reference do beside being read: search, copying, and opening what a link leads to.

"use strict";

(() => {
  const root = new URL(".", document.currentScript.src);
  const COPIED_MS = 1500;

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  // Search: a combobox as WAI-ARIA describes it. Its list is made anew on each keystroke.

  const input = make("input", {
    type: "search",
    role: "combobox",
    "aria-label": "Search kinds, fields and methods",
    "aria-autocomplete": "list",
    "aria-controls": "hits",
    "aria-expanded": "false",
    "aria-keyshortcuts": "/",
    autocomplete: "off",
    autocapitalize: "off",
    enterkeyhint: "go",
    placeholder: "Search kinds, fields, methods",
    spellcheck: "false",
  });
  const list = make("div", { id: "hits", role: "listbox", "aria-label": "Hits" });
  const status = make("p", { role: "status" });
  const results = make("div", { class: "results", hidden: "" }, list, status);
  const box = document.getElementById("search");
  box.setAttribute("role", "search");
  box.append(input, make("kbd", { "aria-hidden": "true" }, "/"), results);

  let loading = null;
  let isLoaded = false;
  let failure = "";
  let active = -1;

  const run = (path) =>
    new Promise((resolve, reject) => {
      const script = make("script", { src: new URL(path, root) });
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${path} cannot be loaded`));
      document.head.append(script);
    });

  /** Load the index, once: first kinds and methods, which are few. A page from a file may load scripts, and no other
   * file. */
  const load = () => {
    loading ??= (async () => {
      try {
        await run("search/kinds.js");
        isLoaded = true;
        show();
        await run("search/fields.js");
        await window.aiokubeSearch.ready;
        show();
      } catch (error) {
        failure = `The search does not work: ${error.message}.`;
        show();
      }
    })();
  };

  const open = () => {
    results.hidden = false;
    input.setAttribute("aria-expanded", String(list.childElementCount > 0));
  };

  const close = () => {
    results.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  /** A name in which the last word of what was asked for is marked. */
  const marked = (name, asked) => {
    const words = asked.toLowerCase().match(/[\p{L}\p{N}_-]+/gu) ?? [];
    const word = (words.pop() ?? "").replace(/[_-]/g, "");
    const letters = [...name.matchAll(/[\p{L}\p{N}]/gu)];
    // A letter, or its small one, may be two characters of JavaScript.
    const small = letters.map(([letter]) => letter.toLowerCase());
    const at = small.join("").indexOf(word);
    if (!word || at < 0) return [name];
    const of = small.flatMap((text, number) => Array.from({ length: text.length }, () => letters[number]));
    const first = of[at].index;
    const last = of[at + word.length - 1];
    const end = last.index + last[0].length;
    return [name.slice(0, first), make("mark", {}, name.slice(first, end)), name.slice(end)];
  };

  /** A path that may go on in another line before each of its dots. */
  const breakable = (path) => path.split(/(?=\.)/).flatMap((part, at) => (at ? [make("wbr", {}), part] : [part]));

  const option = ({ type, title, path, where, url }, at) =>
    make(
      "a",
      { id: `hit-${at}`, role: "option", "aria-selected": "false", tabindex: "-1", class: type, href: new URL(url, root) },
      make("span", { class: "badge" }, type),
      make("b", {}, ...marked(title, input.value)),
      make("span", { class: "where" }, where),
      make("span", { class: "path" }, ...breakable(path)),
    );

  const activate = (at) => {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = at;
    const chosen = list.children[active];
    if (!chosen) return;
    chosen.setAttribute("aria-selected", "true");
    chosen.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", chosen.id);
  };

  const countOf = (count, asked) => {
    if (!count) return `Nothing is like “${asked}”.`;
    if (count === 1) return "1 hit";
    return count < window.aiokubeSearch.most ? `${count} hits` : `The best ${count} hits`;
  };

  const show = () => {
    const asked = input.value.trim();
    const hits = asked && isLoaded ? window.aiokubeSearch.find(asked) : [];
    list.replaceChildren(...hits.map(option));
    status.textContent = asked ? failure || countOf(hits.length, asked) : "";
    if (asked && (isLoaded || failure)) open();
    else close();
    activate(0);
  };

  const onKey = (event) => {
    const count = list.childElementCount;
    if (event.isComposing) return;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
      open();
      activate((active + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
    } else if (event.key === "Enter" && !results.hidden && list.children[active]) {
      list.children[active].click();
    } else if (event.key === "Escape") {
      if (results.hidden) input.blur();
      close();
    } else {
      return;
    }
    event.preventDefault();
  };

  input.addEventListener("input", show);
  input.addEventListener("keydown", onKey);
  box.addEventListener("focusin", () => {
    load();
    if (list.childElementCount) open();
  });
  box.addEventListener("focusout", (event) => {
    if (!box.contains(event.relatedTarget)) close();
  });
  // A click must not take the focus away, and so close the list, before it arrives.
  results.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    close();
    input.blur();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input:not([type=radio]), textarea, select, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    event.preventDefault();
    input.focus();
    input.select();
  });

  // Copying: what is opened gets its buttons then, so that a page of a thousand fields has none to begin with.

  const addButtons = (part) => {
    // The spellings of a path are lines of one text, each behind its name.
    for (const paths of part.querySelectorAll(":scope > pre.paths:not(:has(*))")) {
      const rows = paths.textContent.split("\n").map((line) => {
        const [, name, path] = line.match(/^(\S+) +(.*)$/);
        return make("div", { class: "paths" }, `${name} `, make("code", { "data-of": name }, path));
      });
      paths.replaceChildren(...rows);
    }
    for (const source of part.querySelectorAll(":scope > .paths [data-of], :scope > pre:not(.paths), :scope > .tabs > pre")) {
      if (source.nextElementSibling?.classList.contains("copy")) continue;
      const name = source.dataset.of ? `path, ${source.dataset.of}` : source.title || "text";
      source.after(make("button", { type: "button", class: "copy", "aria-label": `Copy: ${name}`, title: "Copy" }));
    }
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.(".copy");
    if (!button) return;
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), COPIED_MS);
  });
  // What a link opens on the way to its target gets none until somebody is there: the page is painted once.
  const addButtonsAt = ({ target }) => {
    const part = target.closest?.("details, section");
    if (part && part.open !== false) addButtons(part);
  };
  document.addEventListener("pointerover", addButtonsAt);
  document.addEventListener("focusin", addButtonsAt);
  document.addEventListener("toggle", (event) => event.target.matches(":hover, :focus-within") && addButtonsAt(event), true);
  document.querySelectorAll("section").forEach(addButtons);

  // Links to what is closed: the target itself is opened, and what it is in, which not every browser does.

  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text; // A % that encodes nothing stands for itself.
    }
  };

  const reveal = () => {
    const target = document.getElementById(decoded(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.localName === "details") at.open = true;
    addButtons(target);
    // To scroll a second time would paint the page a third time.
    const { top } = target.getBoundingClientRect();
    if (top < box.getBoundingClientRect().bottom || top > innerHeight / 2) target.scrollIntoView();
  };

  addEventListener("hashchange", reveal);
  reveal();
})();
