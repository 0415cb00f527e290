// What is pointed at, in numbers: value, gradient, and the formula with the numbers put in.

import { store, on, select } from './store.mjs';
import { formula, full, short, subscript } from './numbers.mjs';

const root = document.getElementById('inspector');
const hint = root.firstElementChild;
let row = 0;

export function startInspector() {
  on('selection frame backward scene', show);
}

function node(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

const line = (...parts) => node('p', 'formula', ...parts.flatMap((part) => (typeof part === 'string' ? formula(part) : [part])));
const quiet = (text) => node('span', 'quiet', text);
const signed = (v, first) => (first ? short(v) : v < 0 ? ` − ${short(-v)}` : ` + ${short(v)}`);

/** `0.3·1.2 − 0.1·0.5 + …`: at most six terms. */
function terms(pairs) {
  const shown = pairs.slice(0, 6).map(([a, b], k) => {
    const sign = k === 0 ? '' : a < 0 ? ' − ' : ' + ';
    return `${sign}${k === 0 ? short(a) : short(Math.abs(a))}·${b < 0 ? `(${short(b)})` : short(b)}`;
  });
  return shown.join('') + (pairs.length > 6 ? ` + … (${pairs.length} terms)` : '');
}

function show({ selection, scene, frame, backward }) {
  if (!selection || !scene || !frame) {
    if (!selection) root.replaceChildren(hint);
    return;
  }
  const parts = selection.kind === 'weight' ? weight(selection, scene, frame, backward)
    : selection.kind === 'unit' ? unit(selection, scene, frame, backward) : input(selection, scene);
  // Whoever is inside by keyboard stays where they were.
  const controls = () => [...root.querySelectorAll('button, select')];
  const place = controls().indexOf(document.activeElement);
  root.replaceChildren(...parts);
  if (place >= 0) controls()[Math.min(place, controls().length - 1)]?.focus();
}

function input({ unit: k, title }, scene) {
  return [node('h3', '', `Input ${k + 1}: ${title}`), line(
    scene.plane ? `a₀[${k + 1}], as the table's encoding makes it` : `A₀[i,${k + 1}] = ${title} of point i`)];
}

function heading(text, selection) {
  const title = node('h3', '', text);
  if (!selection.isHeld) return title;
  const close = node('button', 'small', 'Let go');
  close.addEventListener('click', () => select(null, 'click'));
  return node('div', 'inspector-head', title, close);
}

function facts(...pairs) {
  const list = node('dl', 'facts');
  for (const [name, value, exact] of pairs) {
    const shown = node('dd', '', value);
    if (exact !== undefined) { shown.title = exact; shown.dataset.exact = exact; }
    list.append(node('div', '', node('dt', '', name), shown));
  }
  return list;
}

function weight(selection, scene, frame, backward) {
  const layer = scene.layers[selection.layer];
  const place = layer.weights + selection.from * layer.units + selection.unit;
  const [value, gradient] = [frame.parameters[place], frame.gradient[place]];
  const n = layer.number;
  const name = `W${subscript(n)}[${selection.from + 1},${selection.unit + 1}]`;
  const parts = [
    heading(`Weight ${name}`, selection),
    facts(['value', short(value, 4), full(value)], ['gradient ∂L/∂w', short(gradient, 4), full(gradient)]),
  ];
  const own = backward?.layers[n - 1];
  if (!own) return [...parts, waiting(frame)];
  const entering = n > 1 ? backward.layers[n - 2].activationValues : backward.inputs;
  const pairs = Array.from({ length: entering.rows }, (_, i) =>
    [entering.at(i, selection.from), own.preActivationGradient.at(i, selection.unit)]);
  parts.push(
    line(`∂L/∂${name} = Σᵢ A${subscript(n - 1)}[i,${selection.from + 1}] · Z̄${subscript(n)}[i,${selection.unit + 1}]`),
    line(quiet('= '), terms(pairs), quiet(' = '), short(gradient, 5)),
    check(own, `W${n}`), update(name, value, gradient));
  return parts;
}

function unit(selection, scene, frame, backward) {
  const layer = scene.layers[selection.layer];
  const n = layer.number;
  const bias = layer.bias === null || layer.bias === undefined ? null : layer.bias + selection.unit;
  const isOutput = selection.layer === scene.layers.length - 1;
  const parts = [heading(
    `${isOutput ? 'Output' : `Hidden layer ${selection.layer + 1}`}, unit ${selection.unit + 1} · ${layer.activation}`, selection)];
  const list = [];
  if (bias !== null) {
    list.push(['bias', short(frame.parameters[bias], 4), full(frame.parameters[bias])],
      ['gradient ∂L/∂b', short(frame.gradient[bias], 4), full(frame.gradient[bias])]);
  }
  const own = backward?.layers[n - 1];
  const i = own ? Math.min(row, own.preActivation.rows - 1) : 0;
  if (own) {
    list.push(['z', short(own.preActivation.at(i, selection.unit), 4), full(own.preActivation.at(i, selection.unit))],
      ['a', short(own.activationValues.at(i, selection.unit), 4), full(own.activationValues.at(i, selection.unit))],
      ['∂L/∂z', short(own.preActivationGradient.at(i, selection.unit), 4), full(own.preActivationGradient.at(i, selection.unit))]);
  }
  parts.push(facts(...list));
  if (own) parts.push(...unitFormulas(selection, layer, frame, backward, own, i, bias));
  else parts.push(waiting(frame));
  if (selection.isHeld) parts.push(incoming(selection, layer, frame));
  return parts;
}

function unitFormulas(selection, layer, frame, backward, own, i, bias) {
  const n = layer.number;
  const j = selection.unit;
  const entering = n > 1 ? backward.layers[n - 2].activationValues : backward.inputs;
  const pairs = Array.from({ length: layer.inputs }, (_, k) => [frame.parameters[layer.weights + k * layer.units + j], entering.at(i, k)]);
  const z = own.preActivation.at(i, j);
  const a = own.activationValues.at(i, j);
  const zBar = own.preActivationGradient.at(i, j);
  const isSoftmax = layer.activation === 'softmax';
  const lines = [
    rowPicker(own.preActivation.rows, i),
    line(`z = Σₖ aₖ wₖ${bias === null ? '' : ' + b'}`, quiet(' = '), terms(pairs),
      bias === null ? '' : signed(frame.parameters[bias], false), quiet(' = '), short(z, 4)),
    line(`a = ${layer.activation}(${isSoftmax ? 'z of all units' : short(z, 4)})`, quiet(' = '), short(a, 4)),
  ];
  if (own.outputGradient) {
    const aBar = own.outputGradient.at(i, j);
    const slope = aBar === 0 ? '' : ` = ${short(aBar, 4)} · ${short(zBar / aBar, 4)}`;
    lines.push(line(isSoftmax ? `Z̄ = A ⊙ (Ā − rowsum(Ā ⊙ A))` : `∂L/∂z = ∂L/∂a · g′(z)${slope}`, quiet(' = '), short(zBar, 4)));
  } else {
    lines.push(line('∂L/∂z ', quiet('= c (a − t), loss and activation in one step = '), short(zBar, 4)));
  }
  if (bias !== null) {
    lines.push(line('∂L/∂b = Σᵢ ∂L/∂zᵢ', quiet(' over the rows of the batch = '), short(frame.gradient[bias], 5)));
    lines.push(check(own, `b${n}`));
  }
  return lines;
}

function rowPicker(rows, current) {
  const menu = node('select');
  menu.setAttribute('aria-label', 'Row of the batch');
  for (let i = 0; i < rows; i++) {
    const option = node('option', '', `row ${i + 1} of ${rows}`);
    option.selected = i === current;
    menu.append(option);
  }
  menu.addEventListener('change', () => { row = menu.selectedIndex; show(store); });
  return node('p', 'row-picker', 'The next update’s ', menu);
}

/** Says how the tensor's gradient stands beside its finite differences. */
function check(layer, name) {
  const own = layer.checks.find((c) => c.name === name);
  if (!own) return node('span');
  const text = !own.isTested ? `Every entry of ${name} is 0 here: nothing to compare.`
    : own.passed ? `✓ finite differences of ${name} agree, off by ${short(own.relativeError, 2)} at most`
      : `✗ finite differences of ${name} are off by ${short(own.relativeError, 2)}`;
  return node('p', `check-line ${own.isTested && !own.passed ? 'bad' : 'good'}`, text);
}

function update(name, value, gradient) {
  const rate = store.frame.learningRate;
  if (store.settings.get('optimizer') !== 'sgd' || Number(store.settings.get('l1')) || Number(store.settings.get('l2'))) return node('span');
  return line(`${name} ← w − η ∂L/∂w`, quiet(' = '), `${short(value, 4)} − ${short(rate)}·${gradient < 0 ? `(${short(gradient)})` : short(gradient)}`, quiet(' = '), short(value - rate * gradient, 5));
}

const waiting = (frame) => node('p', 'hint', frame.isPlaying ? 'Pause to see the formula with its numbers.' : 'One moment…');

/** The weights that lead here, to be reached without a pointer. */
function incoming(selection, layer, frame) {
  const list = node('div', 'incoming');
  for (let k = 0; k < layer.inputs; k++) {
    const value = frame.parameters[layer.weights + k * layer.units + selection.unit];
    const button = node('button', 'small', `w${subscript(k + 1)} ${short(value)}`);
    button.setAttribute('aria-label', `Weight from ${k + 1}, ${short(value)}`);
    button.addEventListener('click', () => select({ kind: 'weight', layer: selection.layer, from: k, unit: selection.unit }, 'click'));
    list.append(button);
  }
  return node('div', '', node('p', 'hint', 'Weights that lead here:'), list);
}
