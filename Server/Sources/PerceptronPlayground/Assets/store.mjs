// What the page knows: the scene (what stays), the frame (what changes), and what is pointed at.
// Drawing modules listen; nothing is drawn here.

import { bytes, doubles, floats, matrix } from './numbers.mjs';

const listeners = new Map();

export const store = {
  scene: null, frame: null, settings: new Map(), selection: null, backward: null,
};

/** Calls `listener` whenever one of the topics has changed: scene, frame, selection, backward, theme. */
export function on(topics, listener) {
  for (const topic of topics.split(' ')) {
    if (!listeners.has(topic)) listeners.set(topic, []);
    listeners.get(topic).push(listener);
  }
}

export function tell(topic) {
  for (const listener of listeners.get(topic) ?? []) listener(store);
}

let packed = null;
/** A picture that came before its scene. */
let early = null;

/** Takes over what stays as it is, with its packed numbers opened. */
export function takeScene(scene) {
  packed = scene;
  store.scene = {
    ...scene, trainPoints: floats(scene.trainPoints), testPoints: floats(scene.testPoints),
    inputMaps: bytes(scene.inputMaps),
  };
  store.settings = new Map(scene.settings.map(({ name, value }) => [name, value]));
  store.frame = null;
  store.backward = null;
  store.selection = null;
  tell('scene');
  if (early) takeFrame(early);
}

/** Another view of the same training: the picture stays. */
export function takeView(scene) {
  const { frame, backward } = store;
  takeScene(scene);
  Object.assign(store, { frame, backward });
  if (frame) tell('frame');
  if (backward) tell('backward');
}

/** Shows everything as it was: a control may stand elsewhere. */
export const revert = () => takeView(packed);

/** Takes over a picture, unless it is of another scene. */
export function takeFrame(frame) {
  early = frame.generation > (store.scene?.generation ?? 0) ? frame : null;
  if (frame.generation !== store.scene?.generation) return;
  store.frame = {
    ...frame, parameters: doubles(frame.parameters), gradient: doubles(frame.gradient),
    hidden: bytes(frame.hidden), outputs: bytes(frame.outputs), curve: floats(frame.curve),
  };
  if (store.backward && store.backward.updates !== frame.updates) {
    store.backward = null;
    tell('backward');
  }
  tell('frame');
}

/** Takes over both passes on the next rows. */
export function takeBackward(view) {
  store.backward = {
    ...view, inputs: matrix(view.inputs), targets: matrix(view.targets),
    layers: view.layers.map((layer) => ({
      ...layer, preActivation: matrix(layer.preActivation), activationValues: matrix(layer.activationValues),
      outputGradient: matrix(layer.outputGradient),
      preActivationGradient: matrix(layer.preActivationGradient),
      weightsGradient: matrix(layer.weightsGradient), biasGradient: matrix(layer.biasGradient),
    })),
  };
  tell('backward');
}

/**
 * What is pointed at: {kind: 'unit', layer, unit}, {kind: 'weight', layer, from, unit}, or null.
 * Where something is held by a click, a pointer that passes by changes nothing; focus and clicks do.
 */
export function select(selection, how = 'hover') {
  if (how === 'hover' && store.selection?.isHeld) return;
  store.selection = selection ? { ...selection, isHeld: how === 'click' } : null;
  tell('selection');
}

/** The address of this picture, with the updates made so far. */
export function address(updates) {
  const parts = (store.scene?.query ?? '').split('&').filter((p) => p && !p.startsWith('updates='));
  if (updates > 0) parts.push(`updates=${updates}`);
  return parts.length ? `?${parts.join('&')}` : location.pathname;
}

/** All settings as a query, some of them changed. */
export function query(changes = {}) {
  const settings = new Map([...store.settings, ['updates', '0'], ...Object.entries(changes)]);
  return [...settings].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
}
