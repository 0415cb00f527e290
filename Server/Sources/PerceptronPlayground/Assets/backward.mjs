// The backward pass, played layer by layer from the loss down: formulas, shapes, numbers as pictures,
// and each gradient beside its finite differences.

import { store, on, tell, takeBackward } from './store.mjs';
import { colorAt, rgb } from './heatmap.mjs';
import { formula, short, subscript } from './numbers.mjs';
import * as transport from './transport.mjs';

const list = document.getElementById('backward-steps');
const status = document.getElementById('backward-status');
let steps = [];
let shown = 0;
let timer = null;
let loading = false;

export function startBackward(report) {
  const guarded = (action) => async (argument) => {
    try { await action(argument); } catch (error) { report(error.message); }
  };
  document.getElementById('backward-next').addEventListener('click', guarded(() => move(1)));
  document.getElementById('backward-previous').addEventListener('click', guarded(() => move(-1)));
  document.getElementById('backward-start').addEventListener('click', guarded(() => move(-Infinity)));
  document.getElementById('backward-play').addEventListener('click', guarded(play));
  on('backward', build);
  on('scene', () => { stop(); shown = 0; document.getElementById('derivation').href = transport.addressOf('explain'); });
  on('theme', draw);
  // Formulas in the inspector want the same numbers.
  on('frame selection', guarded(loadWhenStill));
}

export const stepBackward = () => document.getElementById('backward-next').click();

/** Fetches both passes once the picture stands still. */
async function loadWhenStill({ frame }) {
  if (!frame || frame.isPlaying || frame.remaining > 0 || frame.divergence || store.backward) return;
  await load();
}

async function load() {
  if (store.backward || loading) return;
  loading = true;
  try {
    const view = await transport.backward();
    if (view.updates === store.frame?.updates) takeBackward(view);
  } finally {
    loading = false;
  }
}

async function move(by) {
  stop();
  await load();
  shown = by === -Infinity ? 1 : Math.max(0, Math.min(steps.length, shown + by));
  draw();
}

async function play() {
  if (timer) { stop(); return; }
  await load();
  if (shown >= steps.length) shown = 0;
  document.getElementById('backward-play').textContent = 'Stop';
  const pace = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1600 : 900;
  const next = () => {
    shown += 1;
    draw();
    if (shown >= steps.length) stop();
  };
  timer = setInterval(next, pace);
  next();
}

function stop() {
  clearInterval(timer);
  timer = null;
  document.getElementById('backward-play').textContent = 'Play';
}

const sub = (n) => subscript(n);
const shape = (m) => `[${m.rows} × ${m.columns}]`;

/** What follows what, from the loss down. */
function plan(view) {
  const result = [{
    layer: null, title: 'Loss',
    formula: `L = ${view.lossName}(A${sub(view.layers.length)}, T) = ${short(view.loss, 5)}`,
    note: `on ${view.rows.length} rows, those of the next update`, shape: '[1 × 1]',
  }];
  for (const layer of [...view.layers].reverse()) {
    const n = layer.number;
    if (!layer.isDense) {
      result.push({
        layer: n, title: `Layer ${n}, ${layer.name}`, formula: `X̄${sub(n)} = Ā${sub(n)} ⊙ M${sub(n)}`,
        note: 'what was left out passes nothing', shape: shape(layer.preActivationGradient), values: layer.preActivationGradient,
      });
      continue;
    }
    const rule = !layer.outputGradient ? `c (A${sub(n)} − T)`
      : layer.activation === 'identity' ? `Ā${sub(n)}`
        : layer.activation === 'softmax' ? `A${sub(n)} ⊙ (Ā${sub(n)} − rowsum(Ā${sub(n)} ⊙ A${sub(n)}))`
          : `Ā${sub(n)} ⊙ g′(Z${sub(n)})`;
    const about = [`length ‖Z̄${sub(n)}‖ = ${short(layer.norm)}`];
    if (layer.deadShare) about.push(`${Math.round(100 * layer.deadShare)} % of its units are dead here`);
    if (layer.saturatedShare && layer.outputGradient) about.push(`${Math.round(100 * layer.saturatedShare)} % of its values are saturated`);
    result.push({
      layer: n, title: `Layer ${n}, ${layer.name}`, formula: `Z̄${sub(n)} = ${rule}`, note: about.join(', '),
      shape: shape(layer.preActivationGradient), values: layer.preActivationGradient,
    });
    const below = n > 1 ? `A${sub(n - 1)}` : 'X';
    result.push({
      layer: n, title: `Weights ${n}`, formula: `W̄${sub(n)} = ${below}ᵀ Z̄${sub(n)}`,
      note: `length ‖W̄${sub(n)}‖ = ${short(layer.weightsNorm)}`,
      shape: shape(layer.weightsGradient), values: layer.weightsGradient, check: layer.checks.find((c) => c.name === `W${n}`),
    });
    if (layer.biasGradient) {
      result.push({
        layer: n, title: `Bias ${n}`, formula: `b̄${sub(n)} = 1ᵀ Z̄${sub(n)}`, note: 'the sum over the rows',
        shape: shape(layer.biasGradient), values: layer.biasGradient, check: layer.checks.find((c) => c.name === `b${n}`),
      });
    }
    if (n > 1) {
      const handed = view.layers[n - 2].outputGradient;
      result.push({
        layer: n, title: `Handed down to layer ${n - 1}`, formula: `Ā${sub(n - 1)} = Z̄${sub(n)} W${sub(n)}ᵀ`,
        note: 'the transpose brings the units of this layer back to those below', values: handed,
        shape: `[${layer.preActivationGradient.rows} × ${layer.weightsGradient.rows}]`,
      });
    }
  }
  return result;
}

function build({ backward }) {
  steps = backward ? plan(backward) : [];
  shown = Math.min(shown, steps.length);
  if (!backward) stop();
  drawNorms(backward);
  draw();
}

function text(tag, className, content) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = content;
  return node;
}

function mathematics(content) {
  const node = text('span', 'formula', '');
  node.append(...formula(content));
  return node;
}

function draw() {
  list.replaceChildren(...steps.slice(0, shown).map((step, k) => {
    const item = document.createElement('li');
    if (k === shown - 1) item.className = 'now';
    item.append(text('span', 'step-title', step.title), mathematics(step.formula), text('span', 'shape', step.shape));
    const frame = document.createElement('span');
    frame.className = 'matrix-box';
    if (step.values) frame.append(picture(step.values));
    item.append(frame);
    const foot = text('span', 'step-note', step.note);
    if (step.check) foot.append(badge(step.check));
    item.append(foot);
    return item;
  }));
  list.scrollTop = list.scrollHeight;
  const now = steps[shown - 1];
  document.getElementById('backward-previous').disabled = shown === 0;
  document.getElementById('backward-next').disabled = steps.length > 0 && shown === steps.length;
  if (now) status.textContent = `Step ${shown} of ${steps.length}: ${now.title}, ${now.formula} ${now.shape}`;
  else status.textContent = 'The gradient of the loss on the rows of the next update, layer by layer from the loss down.';
  const index = now?.layer ? store.scene.layers.findIndex((layer) => layer.number === now.layer) : -1;
  store.backwardLayer = index < 0 ? undefined : index;
  tell('selection');
}

function badge(check) {
  const isBad = check.isTested && !check.passed;
  const node = text('span', `badge ${isBad ? 'bad' : 'good'}`, !check.isTested ? 'all 0'
    : `${isBad ? '✗' : '✓'} differences: off by ${short(check.relativeError, 2)}`);
  node.title = `${check.tried} entries tried. Worst at [${check.row + 1}, ${check.column + 1}]: gradient ${check.analytic}, differences ${check.numeric}${check.kinks ? `; ${check.kinks} entries at a kink left out` : ''}`;
  return node;
}

/** A matrix as coloured cells, each on the scale of the largest. */
function picture(values) {
  const canvas = document.createElement('canvas');
  canvas.className = 'matrix';
  canvas.width = values.columns;
  canvas.height = Math.min(values.rows, 24);
  const cell = Math.max(3, Math.min(12, 150 / canvas.width, 48 / canvas.height));
  canvas.style.width = `${cell * canvas.width}px`;
  canvas.style.height = `${cell * canvas.height}px`;
  const context = canvas.getContext('2d');
  const largest = values.values.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
  for (let i = 0; i < canvas.height; i++) {
    for (let j = 0; j < canvas.width; j++) {
      context.fillStyle = rgb(colorAt(values.at(i, j) / largest));
      context.fillRect(j, i, 1, 1);
    }
  }
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', `${values.rows} by ${values.columns} numbers, the largest ${short(largest)}`);
  return canvas;
}

/** ‖Z̄‖ of every layer on a logarithmic scale: a network that starves shows at a glance. */
function drawNorms(view) {
  const root = document.getElementById('norms');
  root.replaceChildren();
  const findings = document.getElementById('findings');
  findings.replaceChildren(...(view?.findings ?? []).map((line) => text('li', '', line)));
  if (!view) return;
  const norms = view.layers.map((layer) => layer.norm);
  const top = Math.max(...norms.filter(Number.isFinite), 1e-300);
  view.layers.forEach((layer, k) => {
    // Six powers of ten fill the width.
    const share = norms[k] > 0 ? Math.max(0.02, 1 + Math.log10(norms[k] / top) / 6) : 0;
    const bar = document.createElement('i');
    bar.style.width = `${(100 * share).toFixed(1)}%`;
    if (norms[k] / top < 1e-3) bar.className = 'starved';
    const track = document.createElement('span');
    track.className = 'track';
    track.append(bar);
    const line = document.createElement('div');
    line.append(text('span', 'norm-name', `${layer.number} ${layer.name}`), track, text('span', 'norm-value', short(norms[k])));
    root.append(line);
  });
}
