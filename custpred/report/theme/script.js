"use strict";
(() => {
  const all = (query, root = document) => [...root.querySelectorAll(query)];
  const page = document.documentElement;
  document.querySelector(".tools").hidden = false;

  // The address keeps section, role and theme: #money, #summary or #money&audit&dark.
  const roles = all("[data-role]").map((each) => each.dataset.role);
  const themes = ["dark", "light"];
  const words = () => decodeURIComponent(location.hash.slice(1)).split("&").filter(Boolean);
  const swap = (old, now) => {
    const next = [...words().filter((word) => !old.includes(word)), ...(now ? [now] : [])];
    history.replaceState(null, "", next.length ? "#" + next.join("&") : location.pathname + location.search);
  };

  document.getElementById("theme").addEventListener("click", () => {
    const dark = page.dataset.theme === "dark" ||
      (page.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    page.dataset.theme = dark ? "light" : "dark";
    swap(themes, page.dataset.theme);
  });

  const show = (role) => {
    for (const each of all("[data-role]")) each.setAttribute("aria-pressed", each.dataset.role === role);
    for (const part of all(".part")) part.open = !role || part.dataset.readers.split(" ").includes(role);
  };
  for (const button of all("[data-role]")) {
    button.addEventListener("click", () => {
      const role = button.getAttribute("aria-pressed") === "true" ? "" : button.dataset.role;
      show(role);
      swap(roles, role);
    });
  }

  for (const link of all("nav a")) {
    link.addEventListener("click", (event) => {
      const kept = words().filter((word) => roles.includes(word) || themes.includes(word));
      if (!kept.length) return;
      event.preventDefault();
      location.hash = [link.hash.slice(1), ...kept].join("&");
    });
  }

  const reveal = () => {
    const wanted = words();
    const role = wanted.find((word) => roles.includes(word));
    const theme = wanted.find((word) => themes.includes(word));
    if (role) show(role);
    if (theme) page.dataset.theme = theme;
    const part = wanted.map((word) => document.getElementById(word)).find((each) => each && each.tagName === "DETAILS");
    if (part) { part.open = true; part.scrollIntoView(); }
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
