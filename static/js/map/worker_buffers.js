/** How the workers lie in the graphics card's memory, and how large they are drawn. */

import { STRIDE } from "./motion.js";

/**
 * The radius of a worker's sign by zoom, CSS pixels.
 * @param {number} zoom
 */
export function radiusPx(zoom) {
  const stops = /** @type {const} */ ([
    [9, 1.9],
    [10, 2.3],
    [11, 3.2],
    [13, 5.4],
    [15, 8.4],
    [17, 11],
    [20, 13],
  ]);
  for (const [i, [z, r]] of stops.entries()) {
    const next = stops[i + 1];
    if (zoom <= z) return r;
    if (next && zoom < next[0]) return r + ((zoom - z) / (next[0] - z)) * (next[1] - r);
  }
  return 13;
}

/**
 * Tells the card how one worker lies in the buffers.
 * @param {WebGL2RenderingContext} gl
 * @param {WebGLBuffer} motion
 * @param {WebGLBuffer} style
 */
export function describe(gl, motion, style) {
  const vao = gl.createVertexArray();
  gl.bindVertexArray(vao);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
  gl.bindBuffer(gl.ARRAY_BUFFER, motion);
  for (const [location, offset] of /** @type {const} */ ([
    [1, 0],
    [2, 8],
    [3, 16],
  ])) {
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, 2, gl.FLOAT, false, STRIDE * 4, offset);
    gl.vertexAttribDivisor(location, 1);
  }
  gl.bindBuffer(gl.ARRAY_BUFFER, style);
  gl.enableVertexAttribArray(4);
  gl.vertexAttribIPointer(4, 4, gl.UNSIGNED_BYTE, 4, 0);
  gl.vertexAttribDivisor(4, 1);
  gl.bindVertexArray(null);
  return vao;
}

/**
 * Uploads the used part; makes the card's buffer anew only when it is too small.
 * @param {WebGL2RenderingContext} gl
 * @param {Float32Array | Uint8Array} data
 * @param {number} used elements
 * @param {number} hasBytes
 */
export function put(gl, data, used, hasBytes) {
  if (data.byteLength > hasBytes) gl.bufferData(gl.ARRAY_BUFFER, data.byteLength, gl.DYNAMIC_DRAW);
  gl.bufferSubData(gl.ARRAY_BUFFER, 0, data, 0, used);
  return Math.max(hasBytes, data.byteLength);
}
