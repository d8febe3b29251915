/** Locks over all tabs of this origin, where the browser has them. */

/**
 * Runs `work` if nobody else holds the lock; undefined where somebody does.
 * A browser without locks (an insecure page) runs it directly: one tab is then all we can promise.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
export async function withLock(name, work) {
  if (!navigator.locks) return work();
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? work() : undefined));
}

/**
 * Waits in line for the lock, then holds it until `signal` fires.
 * @param {string} name
 * @param {AbortSignal} signal
 * @param {() => void} onHeld
 */
export async function holdLock(name, signal, onHeld) {
  const until = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  const hold = () => {
    if (signal.aborted) return undefined;
    onHeld();
    return until;
  };
  if (!navigator.locks) return void hold();
  try {
    await navigator.locks.request(name, { signal }, hold);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
