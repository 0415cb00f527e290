// Curves over the epochs and the histogram of the weights, as SVG.

import { on } from './store.mjs';
import { grouped, plain, short } from './numbers.mjs';

const ns = 'http://www.w3.org/2000/svg';
const width = 320;
const height = 120;
const left = 40;
const bottom = 20;

function add(parent, name, attributes, text) {
  const node = document.createElementNS(ns, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

export function startCharts() {
  on('scene frame', ({ scene, frame }) => {
    if (!scene || !frame) return;
    const epochs = [];
    for (let i = 0; i < frame.curve.length; i += 5) epochs.push([...frame.curve.slice(i, i + 5)]);
    const at = (column, change = (v) => v) => epochs.map((p) => [p[0] / scene.updatesPerEpoch, change(p[column])]);
    curve('loss-curve', at(1), at(2));
    if (scene.classes) curve('metric-curve', at(3, (v) => 1 - v), at(4, (v) => 1 - v), (v) => `${plain(100 * v)} %`, 0.5);
    else curve('metric-curve', at(3), at(4));
    histogram(frame.histogram);
  });
}

/** A number of one or two digits at or above `value`. */
function roundUp(value) {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((m) => m * power >= value * 0.999) * power;
}

function curve(id, train, test, format = plain, least = 0) {
  const svg = document.getElementById(id);
  svg.replaceChildren();
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  const finite = [...train, ...test].map((p) => p[1]).filter(Number.isFinite);
  const top = roundUp(Math.max(least, ...finite, 1e-12));
  const last = Math.max(1, train.at(-1)?.[0] ?? 1);
  const x = (e) => left + e / last * (width - left - 8);
  const y = (v) => 6 + (1 - Math.min(v, top) / top) * (height - bottom - 6);
  for (const share of [0, 0.5, 1]) {
    add(svg, 'line', { x1: left, x2: width - 8, y1: y(top * share), y2: y(top * share), class: 'grid' });
    add(svg, 'text', { x: left - 6, y: y(top * share) + 3.5, 'text-anchor': 'end' }, format(top * share));
  }
  add(svg, 'text', { x: left, y: height - 4 }, '0');
  add(svg, 'text', { x: width - 8, y: height - 4, 'text-anchor': 'end' }, `epoch ${grouped(Math.round(last))}`);
  const line = (points, name) => {
    const shown = points.filter((p) => Number.isFinite(p[1]));
    if (!shown.length) return;
    add(svg, 'polyline', { class: name, points: shown.map((p) => `${x(p[0]).toFixed(1)},${y(p[1]).toFixed(1)}`).join(' ') });
    const [e, v] = shown.at(-1);
    add(svg, 'circle', { class: name, cx: x(e), cy: y(v), r: 2.6 });
  };
  line(train, 'train');
  line(test, 'test');
  const end = test.at(-1)?.[1];
  svg.setAttribute('aria-label', `By epoch: training ${format(train.at(-1)?.[1])}, test ${format(end)}, after ${grouped(Math.round(last))} epochs`);
}

function histogram({ limit, counts }) {
  const svg = document.getElementById('histogram');
  svg.replaceChildren();
  const tall = 84;
  svg.setAttribute('viewBox', `0 0 ${width} ${tall}`);
  const most = Math.max(1, ...counts);
  const step = (width - left - 8) / counts.length;
  counts.forEach((count, i) => {
    const h = count / most * (tall - bottom - 6);
    const middle = (counts.length - 1) / 2;
    if (count) add(svg, 'rect', { x: (left + i * step + 0.6).toFixed(1), y: (tall - bottom - h).toFixed(1), width: (step - 1.2).toFixed(1), height: h.toFixed(1), rx: 1, class: i < middle ? 'negative' : 'positive' });
  });
  add(svg, 'line', { x1: left, x2: width - 8, y1: tall - bottom, y2: tall - bottom, class: 'grid' });
  add(svg, 'text', { x: left, y: tall - 5 }, plain(-limit));
  add(svg, 'text', { x: (left + width - 8) / 2, y: tall - 5, 'text-anchor': 'middle' }, '0');
  add(svg, 'text', { x: width - 8, y: tall - 5, 'text-anchor': 'end' }, plain(limit));
  add(svg, 'text', { x: left - 6, y: 12, 'text-anchor': 'end' }, most);
  svg.setAttribute('aria-label', `Weights from ${short(-limit, 2)} to ${short(limit, 2)}, at most ${most} in a bar`);
}
