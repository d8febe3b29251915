/** A button that acts when it is held; a short tap or a keyboard asks instead. */

export const HOLD_MS = 1_500;

/**
 * @param {HTMLElement} button
 * @param {{onHeld: () => void, onTap: () => void}} actions
 */
export function onHold(button, { onHeld, onTap }) {
  /** @type {ReturnType<typeof setTimeout> | null} */
  let timer = null;
  let held = false;
  const end = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    button.classList.remove("holding");
  };
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    held = false;
    button.classList.add("holding");
    timer = setTimeout(() => {
      held = true;
      end();
      navigator.vibrate?.(200);
      onHeld();
    }, HOLD_MS);
  });
  for (const type of ["pointerup", "pointercancel", "pointerleave"]) button.addEventListener(type, end);
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press must not open a menu
  button.addEventListener("click", () => {
    if (!held) onTap();
    held = false;
  });
}
