// Before the first paint, so that a chosen theme does not flash. No module: it must not wait.
try {
  const chosen = localStorage.getItem("fazt.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch { /* a browser that keeps nothing */ }
