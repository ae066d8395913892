/* Before the first paint: the reader's theme, so that the page does not flash. A plain script, not a module. */
(() => {
  const kept = localStorage.getItem("isoscope.theme");
  const root = document.documentElement;
  if (kept === "light" || kept === "dark" || kept === "contrast") root.dataset.theme = kept;
  else if (matchMedia("(prefers-contrast: more)").matches) root.dataset.theme = "contrast";
  else if (matchMedia("(prefers-color-scheme: dark)").matches) root.dataset.theme = "dark";
})();
