/** Draws the worker's grid on a canvas: cells not walked and walked, key points, me and the way. No map library: cheap phones. */

/** @typedef {import("./ground.js").Ground} Ground */
/** @typedef {import("./ground.js").Spot} Spot */
/** @typedef {import("./round.js").Progress} Progress */
/** @typedef {{spot: Spot, accuracy: number, heading: number | null, fresh: boolean}} Me */
/** @typedef {{ground: Ground, progress: Progress, me: Me | null, way: Spot | null, north: string, metres: string}} Scene */
/** @typedef {{toX: (x: number) => number, toY: (y: number) => number, scale: number, width: number, height: number, em: number, ink: (name: string) => string}} Frame */

const MARGIN = 14; // pixels around the grid
const REACH_M = 300; // I am on the picture as long as I am this near to the grid
const LEAST_HEIGHT = 190;
const MOST_HEIGHT = 340;
const HATCH = 5; // pixels between two lines of the cells that only this phone has seen

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 */
export function drawGrid(canvas, scene) {
  const frame = frameOf(canvas, scene);
  const pen = canvas.getContext("2d");
  if (!pen || !frame) return;
  pen.clearRect(0, 0, frame.width, frame.height);
  drawCells(pen, frame, scene);
  drawRing(pen, frame, scene.ground.ring);
  if (scene.me && scene.way) drawWay(pen, frame, scene.me.spot, scene.way);
  drawPoints(pen, frame, scene);
  if (scene.me) drawMe(pen, frame, scene.me);
  drawScale(pen, frame, scene);
}

/**
 * The bounds that the picture shows: the grid, and me where I am not far from it.
 * @param {Ground} ground
 * @param {Spot | null} me
 */
export function boundsOf({ ring, centers }, me) {
  const spots = [...ring, ...centers];
  const grid = {
    west: Math.min(...spots.map(({ x }) => x)),
    east: Math.max(...spots.map(({ x }) => x)),
    south: Math.min(...spots.map(({ y }) => y)),
    north: Math.max(...spots.map(({ y }) => y)),
  };
  const near =
    me &&
    me.x > grid.west - REACH_M &&
    me.x < grid.east + REACH_M &&
    me.y > grid.south - REACH_M &&
    me.y < grid.north + REACH_M;
  if (!near) return grid;
  return {
    west: Math.min(grid.west, me.x),
    east: Math.max(grid.east, me.x),
    south: Math.min(grid.south, me.y),
    north: Math.max(grid.north, me.y),
  };
}

/**
 * Gives the canvas its pixels and finds the scale.
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @returns {Frame | null}
 */
function frameOf(canvas, { ground, me }) {
  const width = canvas.clientWidth;
  const bounds = boundsOf(ground, me?.spot ?? null);
  const [wide, high] = [Math.max(60, bounds.east - bounds.west), Math.max(60, bounds.north - bounds.south)];
  if (width === 0 || !Number.isFinite(wide + high)) return null;
  const fitting = ((width - 2 * MARGIN) * high) / wide + 2 * MARGIN;
  const height = Math.round(Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, fitting)));
  const density = Math.min(3, window.devicePixelRatio || 1);
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  canvas.style.height = `${height}px`;
  canvas.getContext("2d")?.setTransform(density, 0, 0, density, 0, 0);
  const scale = Math.min((width - 2 * MARGIN) / wide, (height - 2 * MARGIN) / high);
  const [midX, midY] = [(bounds.west + bounds.east) / 2, (bounds.south + bounds.north) / 2];
  const style = getComputedStyle(canvas);
  return {
    toX: (x) => width / 2 + (x - midX) * scale,
    toY: (y) => height / 2 - (y - midY) * scale,
    scale,
    width,
    height,
    em: Number.parseFloat(style.fontSize),
    ink: (name) => style.getPropertyValue(`--map-${name}`).trim(),
  };
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Frame} frame
 * @param {Scene} scene
 */
function drawCells(pen, frame, { ground, progress }) {
  for (const mark of /** @type {const} */ (["no", "here", "seen"])) {
    const shape = new Path2D();
    ground.centers.forEach((center, n) => {
      if (progress.marks[n] === mark) addCell(shape, frame, center, ground.corners);
    });
    pen.fillStyle = frame.ink(mark);
    pen.fill(shape);
    if (mark === "here") hatch(pen, frame, shape);
    pen.strokeStyle = frame.ink("edge");
    pen.lineWidth = 1;
    pen.stroke(shape);
  }
}

/**
 * @param {Path2D} shape
 * @param {Frame} frame
 * @param {Spot} center
 * @param {readonly Spot[]} corners
 */
function addCell(shape, { toX, toY }, { x, y }, corners) {
  corners.forEach((corner, n) => {
    const [px, py] = [toX(x + corner.x), toY(y + corner.y)];
    if (n === 0) shape.moveTo(px, py);
    else shape.lineTo(px, py);
  });
  shape.closePath();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Frame} frame
 * @param {Path2D} shape
 */
function hatch(pen, { width, height, ink }, shape) {
  pen.save();
  pen.clip(shape);
  pen.strokeStyle = ink("seen");
  pen.lineWidth = 1.5;
  pen.beginPath();
  for (let x = -height; x < width; x += HATCH) {
    pen.moveTo(x, height);
    pen.lineTo(x + height, 0);
  }
  pen.stroke();
  pen.restore();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Frame} frame
 * @param {readonly Spot[]} ring
 */
function drawRing(pen, { toX, toY, ink }, ring) {
  pen.beginPath();
  for (const { x, y } of ring) pen.lineTo(toX(x), toY(y));
  pen.closePath();
  pen.strokeStyle = ink("ring");
  pen.lineWidth = 2.5;
  pen.lineJoin = "round";
  pen.stroke();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Frame} frame
 * @param {Spot} from
 * @param {Spot} to
 */
function drawWay(pen, { toX, toY, ink }, from, to) {
  const [x, y] = [toX(to.x), toY(to.y)];
  for (const [color, width] of /** @type {[string, number][]} */ ([
    ["halo", 6],
    ["way", 3],
  ])) {
    pen.strokeStyle = ink(color);
    pen.lineWidth = width;
    pen.setLineDash([7, 5]);
    pen.beginPath();
    pen.moveTo(toX(from.x), toY(from.y));
    pen.lineTo(x, y);
    pen.stroke();
    pen.setLineDash([]);
    pen.beginPath();
    pen.arc(x, y, 9, 0, 2 * Math.PI);
    pen.stroke();
  }
}

/**
 * Key points: a square with its state, so that it is told by shape too.
 * @param {CanvasRenderingContext2D} pen
 * @param {Frame} frame
 * @param {Scene} scene
 */
function drawPoints(pen, { toX, toY, ink }, { ground, progress }) {
  for (const { id, spot } of ground.points) {
    const mark = progress.points.find((point) => point.id === id)?.mark ?? "no";
    const [x, y] = [toX(spot.x), toY(spot.y)];
    pen.beginPath();
    pen.rect(x - 7, y - 7, 14, 14);
    pen.fillStyle = mark === "no" ? ink("halo") : ink("seen");
    pen.strokeStyle = mark === "no" ? ink("ring") : ink("halo");
    pen.lineWidth = 2.5;
    pen.fill();
    pen.stroke();
    if (mark === "no") continue;
    pen.beginPath();
    pen.moveTo(x - 4, y);
    pen.lineTo(x - 1, y + 3);
    pen.lineTo(x + 4, y - 3);
    pen.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Frame} frame
 * @param {Me} me
 */
function drawMe(pen, { toX, toY, scale, ink }, { spot, accuracy, heading, fresh }) {
  const [x, y] = [toX(spot.x), toY(spot.y)];
  pen.fillStyle = ink("doubt");
  pen.beginPath();
  pen.arc(x, y, Math.max(9, accuracy * scale), 0, 2 * Math.PI);
  pen.fill();
  pen.strokeStyle = ink("halo");
  pen.lineWidth = 2.5;
  pen.fillStyle = fresh ? ink("me") : ink("old");
  if (heading !== null && fresh) {
    pen.save();
    pen.translate(x, y);
    pen.rotate((heading * Math.PI) / 180);
    pen.beginPath();
    pen.moveTo(0, -19);
    pen.lineTo(8, -5);
    pen.lineTo(-8, -5);
    pen.closePath();
    pen.fill();
    pen.stroke();
    pen.restore();
  }
  pen.beginPath();
  pen.arc(x, y, 8, 0, 2 * Math.PI);
  pen.fill();
  pen.stroke();
}

/**
 * How long a hundred metres are, and where north is.
 * @param {CanvasRenderingContext2D} pen
 * @param {Frame} frame
 * @param {Scene} scene
 */
function drawScale(pen, { scale, width, height, em, ink }, { metres, north }) {
  const length = 100 * scale;
  const [x, y] = [10, height - 9];
  pen.lineJoin = "round";
  pen.font = `600 ${Math.min(0.8125 * em, 22)}px ${getComputedStyle(document.body).fontFamily}`;
  pen.textBaseline = "bottom";
  for (const [color, line] of /** @type {[string, number][]} */ ([
    ["halo", 5],
    ["ring", 2],
  ])) {
    pen.strokeStyle = ink(color);
    pen.lineWidth = line;
    pen.beginPath();
    pen.moveTo(x, y - 4);
    pen.lineTo(x, y);
    pen.lineTo(x + length, y);
    pen.lineTo(x + length, y - 4);
    pen.stroke();
  }
  writeWithHalo(pen, ink, metres, x, y - 5);
  pen.textBaseline = "top";
  const up = `${north} ↑`;
  writeWithHalo(pen, ink, up, width - pen.measureText(up).width - 8, 6);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {(name: string) => string} ink
 * @param {string} text
 * @param {number} x
 * @param {number} y
 */
function writeWithHalo(pen, ink, text, x, y) {
  pen.strokeStyle = ink("halo");
  pen.lineWidth = 4;
  pen.strokeText(text, x, y);
  pen.fillStyle = ink("ring");
  pen.fillText(text, x, y);
}
