/* Applies the kept theme and rail before the first paint; loaded in <head>, not deferred.
   The admin keeps its theme under the same key and in the same words. */
(() => {
  const root = document.documentElement;
  const kept = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage may be closed: then the system decides
    }
  };
  const theme = kept("theme");
  root.dataset.theme = theme === "light" || theme === "dark" ? theme : "auto";
  if (kept("rail") === "narrow") root.dataset.rail = "narrow";
})();
