// Plays a deck: fits every slide to the screen, then hands over to reveal.js.
(() => {
  const root = document.documentElement;
  const asked = new URLSearchParams(location.search);
  const WIDTH = 1280;
  const HEIGHT = 720;
  const ROOMY = 0; // text of 36 px
  const TIGHTEST = 3; // text of 28 px

  // ---- theme: the book's choice, or the reader's, or ?theme=dark; paper is white

  const remembered = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const printing = asked.has("print-pdf");
  root.dataset.theme = asked.get("theme") ?? (printing ? "light" : remembered() ?? system);

  function otherTheme() {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* shut */ }
  }

  // ---- fitting: no text under 28 px, nothing outside the slide

  const overfull = (slide) =>
    slide.scrollHeight > HEIGHT + 1 || [...slide.children].some(
      (block) => block.offsetTop + block.offsetHeight - slide.offsetTop > HEIGHT - 24);

  const shown = (slide) =>
    [...slide.children].filter((block) => !block.matches("aside.notes"));

  function fit(slide) {
    for (let step = ROOMY; step <= TIGHTEST; step += 1) {
      slide.dataset.fit = step;
      shrinkWideBlocks(slide);
      if (!overfull(slide)) return scalePictures(slide, GROWING);
    }
    scalePictures(slide, SHRINKING);
    if (!overfull(slide)) return;
    slide.dataset.fit = TIGHTEST - 1;
    carryOver(slide);
  }

  // Code and equations wider than the slide: smaller letters, but not below 20 px.
  function shrinkWideBlocks(slide) {
    for (const box of slide.querySelectorAll("pre, .math-scroll, .table-scroll, .output")) {
      const inner = box.querySelector("math, table") ?? box;
      inner.style.fontSize = "";
      for (let size = parseFloat(getComputedStyle(inner).fontSize); size > 20; size -= 1) {
        if (box.scrollWidth <= box.clientWidth + 1) break;
        inner.style.fontSize = `${size - 1}px`;
      }
    }
  }

  function scalePictures(slide, scales) {
    for (const picture of slide.querySelectorAll("img")) {
      const { width, height } = picture.getBoundingClientRect();
      for (const by of scales.filter((by) => width * by <= picture.parentElement.clientWidth)) {
        picture.style.width = `${Math.floor(width * by)}px`;
        picture.style.height = `${Math.floor(height * by)}px`;
        if (!overfull(slide)) break;
      }
    }
  }

  // A picture takes the room that the text leaves it, and gives way to it.
  const GROWING = Array.from({ length: 17 }, (_, n) => 1.8 - n / 20);
  const SHRINKING = Array.from({ length: 8 }, (_, n) => 0.95 - n / 20);

  // The blocks that do not fit go on a slide of their own, below this one.
  function carryOver(slide) {
    const next = document.createElement("section");
    next.className = "page";
    const heading = shown(slide)[0]?.matches("h2, h3, h4, .under") ? shown(slide)[0] : null;
    const blocks = shown(slide).filter((block) => block !== heading);
    if (heading) {
      const again = heading.cloneNode(true);
      for (const anchor of again.querySelectorAll("[id]")) anchor.remove();
      if (!again.querySelector(".continued")) {
        again.insertAdjacentHTML("beforeend", ' <span class="continued">(continued)</span>');
      }
      next.append(again);
    }
    const kept = heading ? 1 : 0;
    const overflow = document.createDocumentFragment();
    while (overfull(slide) && shown(slide).length > kept) {
      const last = shown(slide).at(-1);
      if (!splitBlock(slide, last, overflow)) overflow.prepend(last);
    }
    // A line that leads to what follows it goes with it.
    const last = shown(slide).at(-1);
    if (overflow.firstElementChild && last?.matches("p") && /:\s*$/.test(last.textContent)
        && shown(slide).length > kept + 1) {
      overflow.prepend(last);
    }
    if (!overflow.childElementCount || shown(slide).length === kept) {
      // One block fills more than a slide: it stays where it is, as small as may be.
      slide.append(...overflow.childNodes);
      slide.dataset.fit = TIGHTEST;
      if (blocks.length > 1) {
        next.append(...blocks.slice(1));
        slide.after(next);
        carryNotes(slide, next);
        fit(next);
      }
      return;
    }
    next.append(...overflow.childNodes);
    slide.after(next);
    carryNotes(slide, next);
    fit(next);
  }

  // Moves the tail of a list, a fragment or a code cell to `overflow`, if that is enough.
  function splitBlock(slide, block, overflow) {
    if (!block.matches("div.fragment, ul, ol, .cell, .fold > .fragment")) return false;
    const tail = block.cloneNode(false);
    tail.removeAttribute("id");
    const count = block.children.length;
    while (overfull(slide) && block.children.length > 1) {
      tail.prepend(block.lastElementChild);
    }
    if (overfull(slide) || !tail.childElementCount) {
      block.append(...tail.childNodes);
      return false;
    }
    if (tail.matches("ol")) tail.start = (block.start || 1) + count - tail.childElementCount;
    overflow.prepend(tail);
    return true;
  }

  function carryNotes(slide, next) {
    const notes = slide.querySelector(":scope > aside.notes");
    if (notes) next.append(notes.cloneNode(true));
  }

  // A widget takes the room that the text leaves it.
  function fitWidgets(slide) {
    for (const widget of slide.querySelectorAll(".widget")) {
      widget.style.zoom = 1;
      const room = HEIGHT - 52 - (slide.scrollHeight - widget.offsetHeight);
      const wide = widget.parentElement.clientWidth / widget.scrollWidth;
      const high = room / widget.offsetHeight;
      widget.style.zoom = Math.max(0.5, Math.min(high, wide, 2)).toFixed(3);
    }
  }

  function fitAll() {
    root.classList.add("fitting");
    const slides = [...document.querySelectorAll(".page")];
    for (const slide of slides) {
      if (slide.querySelector("h1")) slide.classList.add("title");
      fitWidgets(slide);
      fit(slide);
    }
    root.classList.remove("fitting");
  }

  // Widgets come to life by their own scripts; a table that stays one is waited for in vain.
  async function alive() {
    const waiting = () => [...document.querySelectorAll("[data-widget]:not([hidden])")];
    for (let tries = 0; waiting().length && tries < 60; tries += 1) {
      await new Promise((next) => { setTimeout(next, 50); });
    }
  }

  // ---- playing

  // A key pressed inside a widget is the widget's; Escape gives the keys back.
  function keysAreOurs(event) {
    const inside = event.target.closest?.(".widget");
    if (inside && event.key === "Escape") document.activeElement.blur();
    if (inside) return false;
    return !(event.target.closest?.("a, button, summary") && [" ", "Enter"].includes(event.key));
  }

  function showKeys() {
    const dialog = document.createElement("dialog");
    dialog.className = "keys";
    const keys = [
      ["→ ←", "on and back"], ["Esc or O", "all slides at once"], ["S", "speaker's notes"],
      ["B", "black screen"], ["F", "full screen"], ["T", "dark or light"],
      ["Tab, then Esc", "into a stepper, and out"], ["?", "this list"],
    ];
    dialog.innerHTML = `<dl>${keys.map(([k, v]) => `<dt>${k}</dt><dd>${v}</dd>`).join("")}</dl>`;
    dialog.setAttribute("aria-label", "Keys");
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("keydown", () => dialog.close());
    document.body.append(dialog);
    dialog.showModal();
  }

  async function play() {
    await document.fonts.ready;
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
    await alive();
    fitAll();
    await Reveal.initialize({
      width: WIDTH,
      height: HEIGHT,
      margin: 0,
      center: false,
      minScale: 0.1,
      maxScale: 4,
      hash: true,
      respondToHashChanges: true,
      navigationMode: "linear",
      slideNumber: "c/t",
      transition: "none",
      viewDistance: 100,
      help: false,
      pdfSeparateFragments: false,
      pdfMaxPagesPerSlide: 1,
      keyboardCondition: keysAreOurs,
      keyboard: { 84: otherTheme, 191: showKeys },
      plugins: [RevealNotes],
    });
    root.dataset.ready = "yes";
  }

  play();
})();
