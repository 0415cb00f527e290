// The network: a column of units for each layer, a map in every unit, a line for every weight.

import { store, on, select } from './store.mjs';
import { drawMap } from './heatmap.mjs';

const svgNS = 'http://www.w3.org/2000/svg';
const root = document.getElementById('network');
let columns = [];
let links = [];
let changeSettings = () => {};
let focused = { column: 0, unit: 0 };

/** Every generated input, whether it is in use or not. */
const engineered = [
  ['x', 'x'], ['y', 'y'], ['xx', 'x²'], ['yy', 'y²'], ['xy', 'xy'], ['sinx', 'sin x'],
  ['siny', 'sin y'], ['cosx', 'cos x'], ['cosy', 'cos y'],
];
const activations = [
  'relu', 'tanh', 'sigmoid', 'identity', 'leaky-relu', 'elu', 'selu', 'gelu', 'gelu-tanh', 'silu', 'mish',
  'softplus', 'softsign', 'hard-sigmoid', 'hard-tanh', 'hard-swish', 'relu6', 'exponential',
];

export function startNetwork(change) {
  changeSettings = change;
  on('scene', build);
  on('scene frame theme', draw);
  on('selection backward', mark);
  new ResizeObserver(() => place()).observe(root.parentElement);
  root.addEventListener('keydown', moveFocus);
  root.addEventListener('pointerleave', () => select(null));
}

const hidden = () => (store.settings.get('hidden') === 'none' ? [] : store.settings.get('hidden').split(','));
const isTable = () => store.settings.get('data') === 'table';

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'text') node.textContent = value;
    else if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children);
  return node;
}

function build({ scene }) {
  columns = [];
  links = [];
  root.replaceChildren();
  const svg = document.createElementNS(svgNS, 'svg');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('links');
  root.append(svg);

  const inUse = new Set(store.settings.get('inputs').split(','));
  const inputs = isTable()
    ? scene.inputNames.map((title, k) => ({ title, input: k, isOn: true }))
    : engineered.map(([name, title]) => ({
      name, title, isOn: inUse.has(name),
      input: engineered.filter(([n]) => inUse.has(n)).findIndex(([n]) => n === name),
    }));
  root.classList.toggle('many', scene.layers.length > 6);
  addColumn(isTable() ? 'inputs named' : 'inputs', element('div', { class: 'layer-head' }, element('strong', { text: 'Inputs' })), inputs.map(inputUnit));
  scene.layers.forEach((layer, l) => {
    const isOutput = l === scene.layers.length - 1;
    const units = Array.from({ length: layer.units }, (_, unit) => layerUnit(layer, l, unit, isOutput));
    addColumn(isOutput ? 'outputs' : 'hidden-layer', isOutput ? outputHead(layer) : layerHead(layer, l), units);
  });
  scene.layers.forEach((layer, l) => addLinks(svg, layer, l));
  const count = scene.layers.length - 1;
  document.getElementById('layer-count').textContent = `${count} hidden layer${count === 1 ? '' : 's'}`;
  document.getElementById('fewer-layers').disabled = count === 0;
  document.getElementById('more-layers').disabled = count === 8;
  document.getElementById('network-summary').textContent = `${scene.network}, ${scene.parameters} parameters`;
  focused = { column: Math.min(focused.column, columns.length - 1), unit: 0 };
  setTabStop();
  place();
}

function addColumn(kind, head, units) {
  const size = units.length > 18 ? ' tiny' : units.length > 9 ? ' dense' : '';
  const column = element('div', { class: `layer ${kind}${size}` }, head,
    element('div', { class: 'units' }, ...units.map((unit) => unit.node)));
  root.append(column);
  columns.push({ node: column, units });
}

function inputUnit({ name, title, input, isOn }) {
  const canvas = element('canvas', { 'aria-hidden': true });
  const node = element('button', {
    class: `unit input${isOn ? '' : ' off'}`, 'data-input': name ?? input, title,
    'aria-pressed': isTable() ? undefined : String(isOn),
    'aria-label': isTable() ? `Input ${title}` : `Input ${title}, ${isOn ? 'in use' : 'not in use'}`,
    onclick: () => toggleInput(name),
    onpointerenter: () => isOn && select({ kind: 'input', unit: input, title }),
    onfocus: () => isOn && select({ kind: 'input', unit: input, title }, 'focus'),
  }, element('span', { class: 'name', text: title }), canvas);
  return { node, canvas, input, isOn };
}

function toggleInput(name) {
  if (isTable()) return;
  const inUse = new Set(store.settings.get('inputs').split(','));
  if (inUse.has(name)) inUse.delete(name); else inUse.add(name);
  if (inUse.size > 0) changeSettings({ inputs: [...inUse].join(',') }, `input ${name}`);
}

function layerUnit(layer, l, unit, isOutput) {
  const canvas = element('canvas', { 'aria-hidden': true });
  const point = (how) => () => select({ kind: 'unit', layer: l, unit }, how);
  const where = isOutput ? 'Output' : `Hidden layer ${l + 1}`;
  const name = isOutput && store.scene.classes && layer.units > 1 ? store.scene.classes[unit] : '';
  const node = element('button', {
    class: `unit${isOutput ? ' output' : ''}`, 'data-layer': l, 'data-unit': unit,
    'aria-label': `${where}, unit ${unit + 1}, ${layer.activation}${name ? `, ${name}` : ''}`,
    onpointerenter: point('hover'), onfocus: point('focus'), onclick: point('click'),
  }, canvas);
  if (name) node.append(element('span', { class: 'name after', text: name }));
  return { node, canvas };
}

function layerHead(layer, l) {
  const change = (by) => () => setLayer(l, layer.units + by, layer.activation);
  const menu = element('select', {
    'aria-label': `Activation of hidden layer ${l + 1}`,
    onchange: (event) => setLayer(l, layer.units, event.target.value),
  });
  const own = activations.includes(layer.activation) ? activations : [layer.activation, ...activations];
  for (const name of own) menu.append(element('option', { value: name, text: name, selected: name === layer.activation }));
  return element('div', { class: 'layer-head' },
    element('div', { class: 'stepper' },
      element('button', { class: 'small', text: '−', 'aria-label': `One unit fewer in hidden layer ${l + 1}`, disabled: layer.units === 1, onclick: change(-1) }),
      element('span', { text: layer.units }),
      element('button', { class: 'small', text: '+', 'aria-label': `One unit more in hidden layer ${l + 1}`, disabled: layer.units === 16, onclick: change(1) })),
    menu);
}

const outputHead = (layer) => element('div', { class: 'layer-head' },
  element('strong', { text: 'Output' }), element('span', { class: 'hint', text: layer.activation }));

function setLayer(l, units, activation) {
  const layers = hidden();
  layers[l] = `${units}:${activation}`;
  changeSettings({ hidden: layers.join(',') }, `hidden layer ${l + 1}: ${units} units, ${activation}`);
}

/** One hidden layer more or fewer, at the output's side. */
export function resize(by) {
  const layers = hidden();
  if (by > 0) layers.push(`2:${(layers.at(-1) ?? '2:tanh').split(':').slice(1).join(':')}`);
  else layers.pop();
  changeSettings({ hidden: layers.join(',') || 'none' }, `${layers.length} hidden layers`);
}

function addLinks(svg, layer, l) {
  const from = columns[l].units.filter((unit) => l > 0 || unit.isOn);
  const isSmall = layer.inputs * layer.units <= 160;
  from.forEach((source, i) => {
    columns[l + 1].units.forEach((target, j) => {
      const path = document.createElementNS(svgNS, 'path');
      path.classList.add('link');
      svg.append(path);
      let hit = path;
      if (isSmall) {
        hit = document.createElementNS(svgNS, 'path');
        hit.classList.add('hit');
        svg.append(hit);
      }
      const choose = (how) => () => select({ kind: 'weight', layer: l, from: i, unit: j }, how);
      hit.addEventListener('pointerenter', choose('hover'));
      hit.addEventListener('click', choose('click'));
      links.push({ path, hit, source: source.node, target: target.node, layer: l, from: i, unit: j });
    });
  });
}

/** Lines go where units are. */
function place() {
  const box = root.getBoundingClientRect();
  const svg = root.querySelector('.links');
  if (!svg || box.width === 0) return;
  svg.setAttribute('width', root.scrollWidth);
  svg.setAttribute('height', root.scrollHeight);
  const ends = new Map();
  const at = (node) => {
    if (!ends.has(node)) {
      const own = (node.querySelector('canvas') ?? node).getBoundingClientRect();
      ends.set(node, { left: own.left - box.left, right: own.right - box.left, y: own.top - box.top + own.height / 2 });
    }
    return ends.get(node);
  };
  for (const link of links) {
    const a = at(link.source);
    const b = at(link.target);
    const bend = (b.left - a.right) * 0.45;
    const d = `M${a.right.toFixed(1)} ${a.y.toFixed(1)}C${(a.right + bend).toFixed(1)} ${a.y.toFixed(1)} ${(b.left - bend).toFixed(1)} ${b.y.toFixed(1)} ${b.left.toFixed(1)} ${b.y.toFixed(1)}`;
    link.path.setAttribute('d', d);
    if (link.hit !== link.path) link.hit.setAttribute('d', d);
  }
}

function draw({ scene, frame }) {
  if (!scene) return;
  const cells = scene.hiddenSide ** 2;
  for (const unit of columns[0].units) {
    if (unit.isOn) drawMap(unit.canvas, scene.inputMaps, unit.input * cells, scene.hiddenSide);
  }
  if (!frame) return;
  let place = 0;
  scene.layers.slice(0, -1).forEach((layer, l) => {
    for (const unit of columns[l + 1].units) drawMap(unit.canvas, frame.hidden, place++ * cells, scene.hiddenSide);
  });
  columns.at(-1).units.forEach((unit, k) => {
    drawMap(unit.canvas, frame.outputs, k * scene.outputSide ** 2, scene.outputSide);
  });
  const largest = scene.layers.map((layer) => {
    let most = 0;
    for (let k = 0; k < layer.inputs * layer.units; k++) most = Math.max(most, Math.abs(frame.parameters[layer.weights + k]));
    return Math.max(most, 0.5);
  });
  for (const link of links) {
    const layer = scene.layers[link.layer];
    const weight = frame.parameters[layer.weights + link.from * layer.units + link.unit];
    const share = Math.min(1, Math.abs(weight) / largest[link.layer]);
    link.path.setAttribute('stroke-width', (0.6 + 5 * share).toFixed(2));
    link.path.classList.toggle('negative', weight < 0);
    link.path.setAttribute('stroke-opacity', (0.22 + 0.7 * share).toFixed(2));
  }
}

/** Marks what is pointed at, and the layer the backward pass has reached. */
function mark({ selection, backwardLayer }) {
  for (const link of links) {
    const isOn = selection?.kind === 'weight' ? link.layer === selection.layer && link.from === selection.from && link.unit === selection.unit
      : selection?.kind === 'unit' ? link.layer === selection.layer && link.unit === selection.unit
        : selection?.kind === 'input' ? link.layer === 0 && link.from === selection.unit : false;
    link.path.classList.toggle('on', isOn);
    link.path.classList.toggle('chosen', isOn && selection.kind === 'weight');
    link.path.classList.toggle('flows', backwardLayer !== undefined && link.layer === backwardLayer);
  }
  root.classList.toggle('selecting', links.some((link) => link.path.classList.contains('on')));
  for (const node of root.querySelectorAll('.unit')) {
    node.classList.toggle('on', selection?.kind === 'unit'
      && Number(node.dataset.layer) === selection.layer && Number(node.dataset.unit) === selection.unit);
  }
}

function setTabStop() {
  columns.forEach((column, c) => column.units.forEach((unit, u) => {
    unit.node.tabIndex = c === focused.column && u === focused.unit ? 0 : -1;
  }));
}

/** One stop for Tab; inside, the arrow keys. */
function moveFocus(event) {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!step || !event.target.classList.contains('unit')) return;
  event.preventDefault();
  columns.forEach((column, c) => column.units.forEach((unit, u) => {
    if (unit.node === event.target) focused = { column: c, unit: u };
  }));
  const column = Math.max(0, Math.min(columns.length - 1, focused.column + step[0]));
  const unit = Math.max(0, Math.min(columns[column].units.length - 1, focused.unit + step[1]));
  focused = { column, unit };
  setTabStop();
  columns[column].units[unit].node.focus();
}
