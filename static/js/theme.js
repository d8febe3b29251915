/** Light, dark, or as the system has it. */

/** @typedef {import("./core/page_state.js").Theme} Theme */

const STORAGE_KEY = "sanxun.theme";

/** @returns {Theme} */
export function storedTheme() {
  try {
    const theme = localStorage.getItem(STORAGE_KEY);
    return theme === "light" || theme === "dark" ? theme : "auto";
  } catch {
    return "auto";
  }
}

/** @param {Theme} theme */
export function rememberTheme(theme) {
  try {
    localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // Storage may be refused; the theme then stays in the address.
  }
}

/** @param {Theme} theme */
export function applyTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/**
 * Whether the page is dark now.
 * @param {Theme} theme
 */
export function isDark(theme) {
  return theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
}
