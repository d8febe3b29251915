/** The shaders of the workers' layer: one quad a worker, moved between two places, its sign drawn from distances. */

export const VERTEX = `#version 300 es
precision highp float;
in vec2 corner;       // -1..1
in vec2 from;         // mercator, relative to the origin
in vec2 to;
in vec2 timing;       // start, length in seconds
in uvec4 style;       // status, bearing, marks, staleness 0..255
uniform mat4 matrix;
uniform vec2 viewport; // device pixels
uniform float now;
uniform float ratio;  // device pixels of a CSS pixel
uniform float size;   // device pixels of a worker's radius
uniform uint turn;    // which of the three passes this is: the important ones come last, on top
out vec2 p;           // place inside the sign, radius 1 = the worker's disc
flat out uint status;
flat out uint marks;
flat out float bearing;
flat out float stale;
flat out float pips;  // 1 = large enough for a star or a mark inside
flat out float px;    // size of one device pixel in sign units
void main() {
  status = style.x;
  marks = style.z;
  bearing = float(style.y) * 0.0245436926;
  stale = float(style.w) / 255.0;
  uint rank = status == 5u || (marks & 7u) != 0u ? 2u : status < 2u ? 1u : 0u;
  bool hidden = (marks & 128u) != 0u || rank != turn;
  float f = timing.y > 0.0 ? clamp((now - timing.x) / timing.y, 0.0, 1.0) : 1.0;
  vec4 at = matrix * vec4(mix(from, to, f), 0.0, 1.0);
  float r = size;
  if ((marks & 1u) != 0u) r *= mix(1.15, 1.42, clamp((size / ratio - 2.5) / 2.5, 0.0, 1.0)); // leader
  if (status == 4u) r *= 0.62;                          // off duty
  if (status == 5u) r *= 1.15;                          // help
  if ((marks & 6u) != 0u) r *= 1.22;                    // hovered or selected
  r = max(r, 1.5 * ratio);
  // Rings reach three radii; everything else stays near its disc, and small quads are what keeps fifty thousand cheap.
  float extent = status == 5u || (marks & 4u) != 0u ? 3.0 : 1.75;
  px = 1.0 / r;
  pips = clamp(r / ratio - 5.0, 0.0, 1.0);
  p = corner * extent;
  gl_Position = hidden ? vec4(2.0, 2.0, 2.0, 1.0) : at + vec4(corner * extent * r * 2.0 / viewport * vec2(1.0, -1.0), 0.0, 0.0) * at.w;
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
in vec2 p;
flat in uint status;
flat in uint marks;
flat in float bearing;
flat in float stale;
flat in float pips;
flat in float px;
uniform vec3 hues[6];
uniform vec3 casing;
uniform vec3 paper;
uniform vec3 mark;
uniform float now;
uniform float still;  // 1 = no animation wished
uniform float detail; // 0..1, how much of the pictogram is shown
out vec4 color;

float disc(vec2 q, float r) { return length(q) - r; }
float box(vec2 q, vec2 h) { vec2 d = abs(q) - h; return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0); }
float arrow(vec2 q) { // a navigation arrow that points up, y grows downwards
  q.x = abs(q.x);
  vec2 n1 = normalize(vec2(2.15, -0.92)); // side
  float side = dot(q - vec2(0.0, -1.28), n1);
  vec2 n2 = normalize(vec2(-0.42, 0.86)); // notched tail
  float tail = dot(q - vec2(0.0, 0.5), n2);
  return max(side, tail);
}
float star(vec2 q, float r) { // five points, folded into one
  const vec2 a = vec2(0.809016994, -0.587785252);
  const vec2 b = vec2(-0.809016994, -0.587785252);
  q = vec2(abs(q.x), -q.y);
  q -= 2.0 * max(dot(a, q), 0.0) * a;
  q -= 2.0 * max(dot(b, q), 0.0) * b;
  q = vec2(abs(q.x), q.y - r);
  vec2 side = 0.46 * vec2(-a.y, a.x) - vec2(0.0, 1.0);
  float h = clamp(dot(q, side) / dot(side, side), 0.0, r);
  return length(q - side * h) * sign(q.y * side.x - q.x * side.y);
}
float person(vec2 q) {
  float head = disc(q - vec2(0.0, -0.34), 0.25);
  float body = max(disc(q - vec2(0.0, 0.52), 0.48), q.y - 0.5);
  return min(head, body);
}
void over(inout vec4 under, vec3 hue, float alpha) {
  under.rgb = mix(under.rgb, hue, alpha) ;
  under.a = alpha + under.a * (1.0 - alpha);
}
float fill(float d) { return clamp(0.5 - d / px, 0.0, 1.0); }
float stroke(float d, float w) { return fill(abs(d) - w); }

void main() {
  vec3 hue = hues[status];
  bool leader = (marks & 1u) != 0u;
  bool moving = status == 0u && (marks & 8u) != 0u;
  bool faded = (marks & 16u) != 0u;
  float c = cos(bearing), s = sin(bearing);
  vec2 q = vec2(c * p.x + s * p.y, -s * p.x + c * p.y);
  float shape = disc(p, 1.0);
  if (moving) shape = leader ? min(shape, max(arrow(q * 0.82) / 0.82, q.y + 0.2)) : arrow(q);
  vec4 o = vec4(casing, 0.0);
  float edge = mix(0.8 * px, max(0.16, 1.3 * px), pips);

  if ((marks & 4u) != 0u) { // selected
    float ring = length(p) - 2.0;
    over(o, casing, stroke(ring, 0.22) * 0.9);
    over(o, mark, stroke(ring, 0.12 + px));
    over(o, mark, fill(ring) * 0.16);
  }
  if (status == 5u) { // ringing
    for (int i = 0; i < 2; i++) {
      float t = still > 0.5 ? 0.35 + 0.4 * float(i) : fract(now * 0.7 + 0.5 * float(i));
      over(o, hue, stroke(length(p) - 1.0 - t * 1.8, 0.12 + px * 0.5) * (1.0 - t * 0.85));
    }
  }
  if (faded) hue = mix(hue, casing, 0.55);
  if (status == 2u || status == 3u || (status == 5u && stale > 0.0)) {
    // Not live: hollow, and greyer the older it is.
    vec3 old = mix(hue, hues[3], stale * 0.8);
    if (status == 5u) old = hue;
    float w = max(0.17, 0.8 * px);
    over(o, casing, fill(shape - edge * 0.8));
    over(o, paper, fill(shape - w) * 0.9);
    over(o, old, stroke(shape + w * 0.4, w));
    if (status == 3u) over(o, old, fill(box(vec2(p.x + p.y, p.y - p.x) * 0.7071, vec2(1.0, w * 0.8))));
    else if (detail > 0.0 && !leader) over(o, old, fill(person(p * 1.15) / 1.15) * detail);
    if (leader) over(o, old, fill(star(p, 0.62)) * pips);
  } else {
    over(o, casing, fill(shape - edge));
    over(o, hue, fill(shape));
    if (leader) over(o, casing, fill(star(p - vec2(0.0, 0.04), 0.68)) * pips);
    else if (status == 1u && detail > 0.0) over(o, casing, fill(person(p * 1.1) / 1.1) * detail);
    else if (status == 5u) over(o, casing, fill(min(box(p - vec2(0.0, -0.18), vec2(0.11, 0.34)), disc(p - vec2(0.0, 0.48), 0.14))));
  }
  if (faded) o.a *= 0.45;
  color = vec4(o.rgb * o.a, o.a);
}`;
