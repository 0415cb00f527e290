// The settings: every control that has a name of the address.

import { store, on } from './store.mjs';
import { classColor, colorAt, rgb } from './heatmap.mjs';

const rates = ['0.00001', '0.0001', '0.001', '0.003', '0.01', '0.03', '0.1', '0.3', '1', '3', '10'];
const penalties = ['0', '0.0001', '0.001', '0.003', '0.01', '0.03', '0.1', '0.3', '1'];
const choices = {
  loss: ['auto', 'binary-cross-entropy', 'cross-entropy', 'half-squared-error', 'mse', 'mae', 'huber', 'log-cosh',
    'hinge', 'squared-hinge', 'binary-focal', 'focal'],
  optimizer: ['sgd', 'momentum', 'nesterov', 'adam', 'amsgrad', 'adamw', 'adamax', 'nadam', 'radam', 'rmsprop',
    'adagrad', 'adadelta', 'lion'],
  rate: rates,
  schedule: ['constant', 'step:50:0.5', 'exponential:0.99', 'cosine:200', 'polynomial:200:1', 'one-cycle',
    'cosine-warm-restarts:20:2:0', 'warmup:100,constant'],
  l1: penalties, l2: penalties, dropout: ['0', '0.1', '0.2', '0.3', '0.5', '0.7'],
  init: ['auto', 'xavier-uniform', 'xavier-normal', 'he-uniform', 'he-normal', 'lecun-uniform', 'lecun-normal',
    'standard-normal', 'zeros'],
};
const titles = { circle: 'Circle', xor: 'XOR', gauss: 'Gauss', spiral: 'Spiral', plane: 'Plane', table: 'Table' };

let changeSettings = () => {};

export function startControls(change) {
  changeSettings = change;
  buildDatasets();
  for (const control of document.querySelectorAll('[data-setting]')) {
    control.addEventListener('change', () => {
      const value = control.type === 'checkbox' ? (control.checked ? '1' : '0') : control.value;
      changeSettings({ [control.dataset.setting]: value }, control.closest('label')?.textContent.trim().split(/[\n\d]/)[0].trim());
    });
    if (control.type === 'range') control.addEventListener('input', () => showRange(control));
  }
  on('scene', show);
  on('scene theme', drawDatasets);
}

function buildDatasets() {
  const group = document.getElementById('datasets');
  for (const [name, title] of Object.entries(titles)) {
    const button = document.createElement('button');
    button.className = 'dataset';
    button.dataset.data = name;
    button.setAttribute('role', 'radio');
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 64;
    const label = document.createElement('span');
    label.textContent = title;
    button.append(canvas, label);
    button.addEventListener('click', () => choose(name));
    group.append(button);
  }
  group.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const buttons = [...group.children].filter((b) => !b.hidden);
    const next = buttons[(buttons.indexOf(event.target) + by + buttons.length) % buttons.length];
    next.focus();
    choose(next.dataset.data);
  });
}

function choose(name) {
  if (store.settings.get('data') === name) return;
  // A loss for classes does not go with a number, nor the other way round.
  changeSettings({ data: name, loss: 'auto' }, `data set ${titles[name]}`);
}

function show({ scene }) {
  for (const button of document.querySelectorAll('.dataset')) {
    const isOn = button.dataset.data === store.settings.get('data');
    button.setAttribute('aria-checked', String(isOn));
    button.tabIndex = isOn ? 0 : -1;
    button.hidden = button.dataset.data === 'table' && !scene.tableName;
  }
  const isTable = store.settings.get('data') === 'table';
  document.getElementById('table-columns').hidden = !isTable;
  for (const node of document.querySelectorAll('[data-generated]')) node.hidden = isTable;
  document.getElementById('table-name').textContent = scene.tableName
    ? `${scene.tableName}${isTable ? `: ${scene.trainRows} rows to train on, ${scene.testRows} to test` : ''}` : '';
  for (const control of document.querySelectorAll('[data-setting]')) showControl(control, scene);
}

function showControl(control, scene) {
  const name = control.dataset.setting;
  const value = store.settings.get(name);
  if (control.type === 'checkbox') control.checked = value === '1';
  else if (control.tagName === 'SELECT') {
    const columns = { target: scene.columns, across: scene.drawable, upwards: scene.drawable }[name];
    if (columns) fill(control, columns, { target: scene.target, across: scene.across, upwards: scene.upwards }[name]);
    else if (name === 'loss') fill(control, choices.loss, value, { auto: scene.lossIsAutomatic ? `${scene.loss} (usual)` : 'usual' });
    else if (choices[name]) fill(control, choices[name], value, name === 'init' ? { auto: 'as suits the activation' } : {});
    else control.value = value;
  } else control.value = value;
  if (control.type === 'range') showRange(control);
}

function fill(select, options, value, names = {}) {
  const all = options.includes(value) ? options : [...options, value];
  select.replaceChildren(...all.map((option) => {
    const node = document.createElement('option');
    node.value = option;
    node.textContent = names[option] ?? option;
    node.selected = option === value;
    return node;
  }));
}

function showRange(control) {
  const output = control.closest('label').querySelector('output');
  output.textContent = control.value + (control.dataset.unit ?? '');
  control.setAttribute('aria-valuetext', output.textContent);
}

// Small pictures of the data sets: sketches, not the points themselves.
const sketches = {
  circle(dot) { ring(dot, 0, 9, 26, 1); ring(dot, 19, 26, 44, 0); },
  xor(dot) { each(70, (a, b) => { const [x, y] = [(a - 0.5) * 52, (b - 0.5) * 52]; if (Math.abs(x) > 3 && Math.abs(y) > 3) dot(x, y, x * y > 0 ? 1 : 0); }); },
  gauss(dot) { for (let i = 0; i < 34; i++) { const r = 2.3 * Math.sqrt(i); const [x, y] = [r * Math.cos(2.4 * i), r * Math.sin(2.4 * i)]; dot(13 + x, 13 + y, 1); dot(-13 - x, -13 - y, 0); } },
  spiral(dot) { for (let i = 0; i < 34; i++) { const t = i / 34; const [x, y] = [27 * t * Math.sin(11 * t), 27 * t * Math.cos(11 * t)]; dot(x, y, 1); dot(-x, -y, 0); } },
  plane(dot) { each(64, (a, b) => { const [x, y] = [(a - 0.5) * 54, (b - 0.5) * 54]; dot(x, y, (x + y) / 54); }); },
  table(dot) { for (let i = -2; i <= 2; i++) for (let j = -2; j <= 2; j++) dot(j * 11, i * 11, i === 2 ? -1 : 1); },
};

/** Evenly spread pairs of numbers from 0 to 1. */
function each(count, body) {
  for (let i = 1; i <= count; i++) body((i * 0.7548776662) % 1, (i * 0.5698402910) % 1);
}

function ring(dot, from, to, count, kind) {
  for (let i = 0; i < count; i++) {
    const r = from + (to - from) * Math.sqrt((i * 0.618) % 1);
    dot(r * Math.cos(i * 2.4), r * Math.sin(i * 2.4), kind);
  }
}

function drawDatasets() {
  for (const button of document.querySelectorAll('.dataset')) {
    const name = button.dataset.data;
    const context = button.querySelector('canvas').getContext('2d');
    context.clearRect(0, 0, 64, 64);
    sketches[name]((x, y, kind) => {
      context.fillStyle = rgb(name === 'plane' || name === 'table' ? colorAt(kind) : classColor(kind, 2));
      context.beginPath();
      context.arc(32 + x, 32 - y, 2, 0, 7);
      context.fill();
    });
  }
}
