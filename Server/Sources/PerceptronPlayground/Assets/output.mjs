// The large picture: what the network says of every place, and the points it learned from.

import { store, on } from './store.mjs';
import { drawFineMap, drawClasses, classColor, colorAt, ends, rgb } from './heatmap.mjs';
import { isDark } from './theme.mjs';
import { plain } from './numbers.mjs';

const map = document.getElementById('output-map');
const points = document.getElementById('output-points');

export function startOutput() {
  on('scene', labels);
  on('scene frame theme', drawOutput);
  on('scene theme', drawPoints);
  new ResizeObserver(drawPoints).observe(points.parentElement);
}

function labels({ scene }) {
  const set = (id, text) => { document.getElementById(id).textContent = text; };
  set('x-low', plain(scene.xRange[0]));
  set('x-high', plain(scene.xRange[1]));
  set('y-low', plain(scene.yRange[0]));
  set('y-high', plain(scene.yRange[1]));
  set('x-name', scene.across);
  set('y-name', scene.upwards);
  const legend = document.getElementById('legend');
  legend.replaceChildren();
  const entry = (text) => {
    const node = document.createElement('span');
    const dot = document.createElement('i');
    node.append(dot, text);
    legend.append(node);
    return dot;
  };
  legend.className = scene.classes ? 'classes' : 'range';
  if (scene.classes) {
    scene.classes.forEach((name, k) => { entry(name).dataset.class = k; });
  } else {
    const low = document.createElement('span');
    low.textContent = plain(scene.range[0]);
    const high = document.createElement('span');
    high.textContent = plain(scene.range[1]);
    const bar = document.createElement('canvas');
    legend.append(low, bar, high);
  }
}

function drawOutput({ scene, frame }) {
  if (!scene) return;
  colorLegend(scene);
  if (!frame) return;
  const count = scene.layers.at(-1).units;
  const discrete = store.settings.get('discrete') === '1' && scene.classes !== null;
  if (count > 1) drawClasses(map, frame.outputs, count, scene.outputSide, discrete);
  else drawFineMap(map, frame.outputs, scene.outputSide, discrete);
}

function colorLegend(scene) {
  for (const dot of document.querySelectorAll('#legend i')) {
    dot.style.background = rgb(classColor(Number(dot.dataset.class), scene.classes.length));
  }
  const bar = document.querySelector('#legend canvas');
  if (!bar) return;
  bar.width = 128;
  bar.height = 1;
  const context = bar.getContext('2d');
  for (let i = 0; i < 128; i++) {
    context.fillStyle = rgb(colorAt(i / 63.5 - 1));
    context.fillRect(i, 0, 1, 1);
  }
}

function drawPoints() {
  const { scene } = store;
  if (!scene) return;
  const size = points.parentElement.clientWidth;
  const scale = devicePixelRatio || 1;
  points.width = points.height = Math.round(size * scale);
  const context = points.getContext('2d');
  context.scale(scale, scale);
  const radius = scene.trainRows > 600 ? 2 : size < 260 ? 2.2 : 2.9;
  const draw = (packed, isTest) => {
    for (let i = 0; i < packed.length; i += 3) {
      const x = (packed[i] - scene.xRange[0]) / (scene.xRange[1] - scene.xRange[0]) * size;
      const y = (1 - (packed[i + 1] - scene.yRange[0]) / (scene.yRange[1] - scene.yRange[0])) * size;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fillStyle = pointColor(scene, packed[i + 2]);
      context.strokeStyle = isTest ? (isDark() ? '#fff' : '#111') : (isDark() ? '#15181c' : '#fff');
      context.lineWidth = isTest ? 1.1 : 0.9;
      context.fill();
      context.stroke();
    }
  };
  draw(scene.trainPoints, false);
  if (store.settings.get('test') === '1') draw(scene.testPoints, true);
}

function pointColor(scene, value) {
  if (scene.classes) return rgb(classColor(value, scene.classes.length));
  const [low, high] = scene.range;
  const place = (value - low) / (high - low || 1) * 2 - 1;
  return rgb(place === 0 ? ends().middle : colorAt(place));
}
