// From bytes to colours: 0 is the lowest value, 128 the middle, 255 the highest.

import { isDark } from './theme.mjs';

const light = { low: [226, 131, 42], middle: [247, 245, 241], high: [38, 112, 190] };
const night = { low: [232, 148, 66], middle: [33, 37, 43], high: [74, 148, 226] };

/** The colours of classes, for two and for more. */
const classes = [
  [38, 112, 190], [226, 131, 42], [46, 145, 104], [190, 76, 132], [120, 98, 190], [150, 120, 40],
  [60, 150, 170], [190, 70, 60],
];

export const ends = () => (isDark() ? night : light);
export const rgb = (c, alpha = 1) => `rgb(${c[0]} ${c[1]} ${c[2]} / ${alpha})`;

/** The colour of class k of n; of two the second is the high one. */
export const classColor = (k, n) => (n === 2 ? (k === 1 ? ends().high : ends().low) : classes[k % classes.length]);

const mix = (a, b, share) => a.map((v, i) => v + (b[i] - v) * share);

/** The colour of a value from −1 to 1. */
export function colorAt(value) {
  const { low, middle, high } = ends();
  const v = Math.max(-1, Math.min(1, value));
  // A little faster at first, so that weak values are seen.
  const share = Math.abs(v) ** 0.8 * 0.92;
  return mix(middle, v < 0 ? low : high, share);
}

const ramps = new Map();

function ramp() {
  const key = isDark();
  if (!ramps.has(key)) ramps.set(key, Array.from({ length: 256 }, (_, i) => colorAt(i / 127.5 - 1)));
  return ramps.get(key);
}

/** Draws side × side bytes into a canvas of that size. */
export function drawMap(canvas, data, offset, side, discrete = false) {
  canvas.width = canvas.height = side;
  const context = canvas.getContext('2d');
  const image = context.createImageData(side, side);
  const colors = ramp();
  for (let i = 0; i < side * side; i++) {
    const value = data[offset + i];
    paint(image, i, discrete ? colors[value >= 127.5 ? 232 : 24] : colors[Math.round(value)]);
  }
  context.putImageData(image, 0, 0);
}

/** The value between the cells of side × side bytes, for a picture `times` as fine. */
function between(data, offset, side, times) {
  const fine = side * times;
  const values = new Float32Array(fine * fine);
  // Where the middle of each fine cell lies among the middles of the coarse ones.
  const places = Array.from({ length: fine }, (_, k) => {
    const at = Math.min(Math.max((k + 0.5) / times - 0.5, 0), side - 1);
    const first = Math.min(Math.floor(at), side - 2);
    return [first, at - first];
  });
  for (let i = 0; i < fine; i++) {
    const [row, down] = places[i];
    for (let j = 0; j < fine; j++) {
      const [column, right] = places[j];
      const k = offset + row * side + column;
      const above = data[k] + (data[k + 1] - data[k]) * right;
      const below = data[k + side] + (data[k + side + 1] - data[k + side]) * right;
      values[i * fine + j] = above + (below - above) * down;
    }
  }
  return values;
}

/** The same as `drawMap`, four times as fine: colours follow the values between the cells. */
export function drawFineMap(canvas, data, side, discrete) {
  drawMap(canvas, between(data, 0, side, 4), 0, side * 4, discrete);
}

/** Draws the maps of several classes as one: the likeliest class, paler where it is less sure. */
export function drawClasses(canvas, coarse, count, coarseSide, discrete) {
  const side = 4 * coarseSide;
  const maps = Array.from({ length: count }, (_, k) => between(coarse, k * coarseSide ** 2, coarseSide, 4));
  canvas.width = canvas.height = side;
  const context = canvas.getContext('2d');
  const image = context.createImageData(side, side);
  const size = side * side;
  const middle = ends().middle;
  for (let i = 0; i < size; i++) {
    let best = 0;
    for (let k = 1; k < count; k++) if (maps[k][i] > maps[best][i]) best = k;
    const sure = maps[best][i] / 255;
    const share = discrete ? 0.8 : Math.max(0.06, (sure - 1 / count) / (1 - 1 / count)) * 0.85;
    paint(image, i, mix(middle, classColor(best, count), share));
  }
  context.putImageData(image, 0, 0);
}

function paint(image, i, color) {
  image.data[4 * i] = color[0];
  image.data[4 * i + 1] = color[1];
  image.data[4 * i + 2] = color[2];
  image.data[4 * i + 3] = 255;
}
