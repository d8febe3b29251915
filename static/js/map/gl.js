/** A few WebGL2 helpers shared by the map's own layers. */

/**
 * @param {WebGL2RenderingContext} gl
 * @param {string} vertex
 * @param {string} fragment
 * @param {readonly string[]} attributes bound to 0, 1, 2 … in this order
 * @returns {WebGLProgram}
 */
export function createProgram(gl, vertex, fragment, attributes) {
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, vertex));
  gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, fragment));
  for (const [i, name] of attributes.entries()) gl.bindAttribLocation(program, i, name);
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS))
    throw new Error(`shader link: ${gl.getProgramInfoLog(program)}`);
  return program;
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {number} kind
 * @param {string} source
 */
function compile(gl, kind, source) {
  const shader = gl.createShader(kind);
  if (!shader) throw new Error("shader: the graphics context is lost");
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(`shader: ${gl.getShaderInfoLog(shader)}`);
  return shader;
}

/**
 * The matrix moved to an origin, multiplied in double precision: plain Float32 would tremble by pixels at street zoom.
 * @param {ArrayLike<number>} m column-major 4 x 4
 * @param {number} x
 * @param {number} y
 */
export function translated(m, x, y) {
  const out = new Float32Array(16);
  for (let i = 0; i < 12; i++) out[i] = /** @type {number} */ (m[i]);
  for (let i = 0; i < 4; i++) {
    const a = /** @type {number} */ (m[i]);
    const b = /** @type {number} */ (m[4 + i]);
    out[12 + i] = a * x + b * y + /** @type {number} */ (m[12 + i]);
  }
  return out;
}

/**
 * "#rrggbb" as three numbers 0..1.
 * @param {string} hex
 * @returns {[number, number, number]}
 */
export function rgb(hex) {
  const n = Number.parseInt(hex.slice(1), 16);
  return [(n >> 16) / 255, ((n >> 8) & 255) / 255, (n & 255) / 255];
}
