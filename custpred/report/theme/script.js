"use strict";
(() => {
  const all = (query, root = document) => [...root.querySelectorAll(query)];
  const page = document.documentElement;
  document.querySelector(".tools").hidden = false;

  document.getElementById("theme").addEventListener("click", () => {
    const dark = page.dataset.theme === "dark" ||
      (page.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    page.dataset.theme = dark ? "light" : "dark";
  });

  for (const button of all("[data-role]")) {
    button.addEventListener("click", () => {
      const chosen = button.getAttribute("aria-pressed") !== "true";
      for (const each of all("[data-role]")) each.setAttribute("aria-pressed", each === button && chosen);
      for (const part of all(".part")) {
        part.open = !chosen || part.dataset.readers.split(" ").includes(button.dataset.role);
      }
    });
  }

  const reveal = () => {
    const part = location.hash && document.getElementById(location.hash.slice(1));
    if (part && part.tagName === "DETAILS") { part.open = true; part.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  reveal();

  const value = (row, column) => {
    const cell = row.cells[column];
    const text = (cell.dataset.v ?? cell.textContent).trim();
    if (text === "" || text === "\u2013") return null;
    return isFinite(text) ? Number(text) : text;
  };
  const compare = (a, b, sign) => {
    if (a === null || b === null) return (a === null) - (b === null);  // what is missing stays last
    const numbers = typeof a === "number" && typeof b === "number";
    return sign * (numbers ? a - b : String(a).localeCompare(String(b)));
  };
  for (const table of all("table")) {
    if (table.tBodies[0].rows.length < 6) continue;
    all("th", table).forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") !== "descending";
        all("th", table).forEach((each) => each.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => compare(value(a, column), value(b, column), down ? -1 : 1));
        table.tBodies[0].append(...rows);
      });
    });
  }

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const each of closed) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of closed) each.open = false; });
})();
