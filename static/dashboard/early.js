/* Before the first paint: the reader's theme, so that the page does not flash. A plain script, not a module. */
(() => {
  const kept = localStorage.getItem("isoscope.theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
  else if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
})();
