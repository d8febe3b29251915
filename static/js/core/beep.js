/** A call that is heard: for what must not be overlooked. */

/** Two short tones; browsers stay silent until somebody has clicked on the page once. */
export function beep() {
  try {
    const context = new AudioContext();
    for (const [at, hertz] of /** @type {const} */ ([
      [0, 880],
      [0.22, 1174],
    ])) {
      const [tone, loudness] = [context.createOscillator(), context.createGain()];
      tone.frequency.value = hertz;
      loudness.gain.value = 0.15;
      tone.connect(loudness).connect(context.destination);
      tone.start(context.currentTime + at);
      tone.stop(context.currentTime + at + 0.16);
    }
    setTimeout(() => void context.close(), 1000);
  } catch {
    // No sound on this machine: the message is still seen.
  }
}
