// What pages of the reference do beside being read: search, copying, and opening what a link leads to.

"use strict";

(() => {
  const root = new URL(".", document.currentScript.src);

  // Search: the combobox of WAI-ARIA. Its list is made anew on each keystroke.

  const box = document.querySelector(".search");
  const input = box.querySelector("input");
  const results = box.querySelector(".search-results");
  const list = box.querySelector("[role=listbox]");
  const status = box.querySelector("[role=status]");
  let loading = null;
  let active = -1;

  const script = (path) =>
    new Promise((resolve, reject) => {
      const element = document.createElement("script");
      element.src = new URL(path, root);
      element.onload = resolve;
      element.onerror = () => reject(new Error(`${path} cannot be loaded`));
      document.head.append(element);
    });

  /** Load the search and its index, once: first kinds and methods, which are few. */
  const load = () => {
    loading ??= (async () => {
      try {
        await script("search.js");
        await script("search/kinds.js");
        show();
        await script("search/fields.js");
        await window.aiokubeSearch.ready;
        show();
      } catch (error) {
        status.textContent = `The search does not work: ${error.message}.`;
        open();
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

  const text = (tag, name, content) => {
    const element = document.createElement(tag);
    element.className = name;
    element.append(content);
    return element;
  };

  /** A name, in which what was asked for is marked. */
  const marked = (name, asked) => {
    const words = asked.toLowerCase().match(/[\p{L}\p{N}_-]+/gu) ?? [""];
    const word = words[words.length - 1].replace(/[_-]/g, "");
    const letters = [...name].map((letter, at) => [letter.toLowerCase(), at]).filter(([letter]) => !/[_-]/.test(letter));
    const found = letters.map(([letter]) => letter).join("").indexOf(word);
    const parts = document.createDocumentFragment();
    if (!word || found < 0) {
      parts.append(name);
    } else {
      const first = letters[found][1];
      const end = letters[found + word.length - 1][1] + 1;
      parts.append(name.slice(0, first), text("mark", "", name.slice(first, end)), name.slice(end));
    }
    return parts;
  };

  const option = (hit, at) => {
    const element = document.createElement("a");
    element.id = `search-hit-${at}`;
    element.href = new URL(hit.url, root);
    element.tabIndex = -1;
    element.className = `hit hit-${hit.type}`;
    element.setAttribute("role", "option");
    element.setAttribute("aria-selected", "false");
    element.append(
      text("span", "hit-type", hit.type),
      text("span", "hit-title", marked(hit.title, input.value)),
      text("span", "hit-where", hit.where),
      text("span", "hit-path", hit.path),
    );
    return element;
  };

  const activate = (at) => {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = at;
    const element = list.children[active];
    if (!element) return;
    element.setAttribute("aria-selected", "true");
    element.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", element.id);
  };

  const show = () => {
    const asked = input.value.trim();
    if (!asked || !window.aiokubeSearch) {
      list.replaceChildren();
      close();
      return;
    }
    const hits = window.aiokubeSearch.find(asked);
    list.replaceChildren(...hits.map(option));
    const count = hits.length === 1 ? "1 hit" : `${hits.length} hits`;
    status.textContent = hits.length ? count : `Nothing is like “${asked}”.`;
    open();
    activate(0);
  };

  input.addEventListener("focus", load);
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
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
  });
  // A click must not take the focus away before it arrives.
  results.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    close();
    input.blur();
  });
  box.addEventListener("focusin", () => input.value && list.childElementCount && open());
  box.addEventListener("focusout", (event) => box.contains(event.relatedTarget) || close());

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    event.preventDefault();
    input.focus();
    input.select();
  });

  // Copying: a button has the text in data-copy.

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1500);
  });

  // Links to what is closed: browsers that do not open it by themselves get help, and the target itself is opened.

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.localName === "details") at.open = true;
    target.scrollIntoView();
  };

  addEventListener("hashchange", reveal);
  reveal();
})();
