/** A small chart of shares by day. */

import uPlot from "../../vendor/uplot.mjs";

const HEIGHT = 180;

/**
 * @param {HTMLElement} root
 * @param {string} first what the days are called
 * @param {readonly string[]} days
 * @param {readonly {label: string, color: string, dash?: number[], values: readonly (number | null)[]}[]} lines shares 0..1
 * @returns {() => void} takes the chart away
 */
export function drawTrend(root, first, days, lines) {
  const style = getComputedStyle(root);
  const ink = style.getPropertyValue("--ink-3").trim();
  const line = style.getPropertyValue("--line").trim();
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const grid = { stroke: line, width: 1 };
  const ticks = { show: false };
  const labels = days.map((day) => `${Number(day.slice(5, 7))}/${Number(day.slice(8))}`);
  const chart = new uPlot(
    {
      width: Math.max(200, root.clientWidth),
      height: HEIGHT,
      scales: { x: { time: false, range: [-0.3, days.length - 0.7] }, y: { range: [0, 1] } },
      legend: { live: true },
      cursor: { y: false },
      axes: [
        {
          stroke: ink,
          font,
          grid: { show: false },
          ticks,
          splits: () => days.map((_, i) => i).filter((i) => i % Math.ceil(days.length / 12) === 0),
          values: (_, splits) => splits.map((i) => labels[i] ?? ""),
        },
        {
          stroke: ink,
          font,
          grid,
          ticks,
          size: 48,
          values: (_, splits) => splits.map((v) => `${Math.round(v * 100)}%`),
        },
      ],
      series: [
        { label: first, value: (_, i) => (i === null ? "" : (labels[i] ?? "")) },
        ...lines.map(({ label, color, dash }) => ({
          label,
          stroke: style.getPropertyValue(color).trim(),
          width: 2,
          ...(dash ? { dash } : {}),
          points: { show: true, size: 6 },
          value: (/** @type {unknown} */ _, /** @type {number | null} */ v) =>
            v === null ? "–" : `${(v * 100).toFixed(1)}%`,
        })),
      ],
    },
    /** @type {any} */ ([days.map((_, i) => i), ...lines.map(({ values }) => [...values])]),
    root,
  );
  const observer = new ResizeObserver(() => chart.setSize({ width: Math.max(200, root.clientWidth), height: HEIGHT }));
  observer.observe(root);
  return () => {
    observer.disconnect();
    chart.destroy();
  };
}
