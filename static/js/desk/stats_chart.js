/** Lines over days, weeks or months. */

import uPlot from "../../vendor/uplot.mjs";

const HEIGHT = 240;
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]]; // not by colour alone

/**
 * @param {HTMLElement} root
 * @param {{first: string, days: readonly string[], unit: string, lines: readonly {label: string, color: string, values: readonly (number | null)[]}[]}} what
 */
export function drawLines(root, { first, days, lines, unit }) {
  const style = getComputedStyle(root);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const spread = Math.max(1, Math.ceil(days.length / Math.max(3, Math.floor(root.clientWidth / 70))));
  const label = (/** @type {number} */ i) => {
    const day = days[i];
    return day ? `${Number(day.slice(5, 7))}/${Number(day.slice(8))}` : "";
  };
  const axis = { stroke: colour("--ink-3"), font, ticks: { show: false } };
  const chart = new uPlot(
    {
      width: Math.max(240, root.clientWidth),
      height: HEIGHT,
      scales: {
        x: { time: false, range: [-0.3, days.length - 0.7] },
        y: unit ? { range: [0, 100] } : { range: (_, __, top) => [0, Math.max(1, top * 1.05)] },
      },
      legend: { live: true },
      cursor: { y: false },
      axes: [
        {
          ...axis,
          grid: { show: false },
          splits: () => days.map((_, i) => i).filter((i) => i % spread === 0),
          values: (_, splits) => splits.map(label),
        },
        {
          ...axis,
          grid: { stroke: colour("--line"), width: 1 },
          size: 52,
          values: (_, splits) => splits.map((v) => `${v}${unit}`),
        },
      ],
      series: [
        { label: first, value: (_, i) => (i === null ? "" : (days[i] ?? "")) },
        ...lines.map((line, n) => ({
          label: line.label,
          stroke: colour(line.color),
          width: 2,
          dash: DASHES[n % DASHES.length] ?? [],
          points: { show: days.length <= 40, size: 6 },
          value: (/** @type {unknown} */ _, /** @type {number | null} */ v) => (v === null ? "–" : `${v}${unit}`),
        })),
      ],
    },
    /** @type {any} */ ([days.map((_, i) => i), ...lines.map(({ values }) => [...values])]),
    root,
  );
  const observer = new ResizeObserver(() => {
    if (!root.isConnected) return observer.disconnect();
    chart.setSize({ width: Math.max(240, root.clientWidth), height: HEIGHT });
  });
  observer.observe(root);
}
