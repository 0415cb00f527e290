// Brings engine, state and drawing together.

import { store, on, takeScene, takeView, takeFrame, revert, select, address, query } from './store.mjs';
import * as transport from './transport.mjs';
import { startTheme } from './theme.mjs';
import { startNetwork, resize } from './network.mjs';
import { startOutput } from './output.mjs';
import { startCharts } from './charts.mjs';
import { startControls } from './controls.mjs';
import { startInspector } from './inspector.mjs';
import { startBackward, stepBackward } from './backward.mjs';
import { grouped, plain, short } from './numbers.mjs';

const byId = (id) => document.getElementById(id);
const notices = byId('notices');

/** Says something where everybody finds it; nothing takes it away. */
function notice(lines, kind = 'problem', title = '') {
  const box = document.createElement('div');
  box.className = `notice ${kind}`;
  if (title) {
    const head = document.createElement('strong');
    head.textContent = title;
    box.append(head);
  }
  for (const line of lines) {
    const text = document.createElement('p');
    text.textContent = line;
    box.append(text);
  }
  const close = document.createElement('button');
  close.className = 'small';
  close.textContent = 'Close';
  close.addEventListener('click', () => box.remove());
  box.append(close);
  notices.querySelector(`.${kind}`)?.remove();
  notices.append(box);
}

const say = (text) => { byId('status').textContent = text; };
const clear = (kind) => notices.querySelector(`.${kind}`)?.remove();

function show(scene) {
  takeScene(scene);
  for (const link of document.querySelectorAll('[data-export]')) link.href = transport.addressOf(`export/${link.dataset.export}`);
  byId('test-metric-name').textContent = scene.classes ? 'Test error' : 'Test RMSE';
  byId('train-metric-name').textContent = scene.classes ? 'Training error' : 'Training RMSE';
  byId('metric-title').textContent = scene.classes ? 'Wrong classes' : 'RMSE';
  if (scene.problems.length) notice(scene.problems, 'problem', 'Some of the address could not be used:');
}

/** Other settings. What is impossible is said, and everything stays as it was. */
const change = (changes, what) => {
  // One after the other: each starts from what the one before has left.
  changing = changing.then(() => changeNow(changes, what));
};
let changing = Promise.resolve();

async function changeNow(changes, what) {
  const restarts = !['pace', 'test', 'discrete'].includes(Object.keys(changes)[0]);
  const label = document.activeElement?.getAttribute('aria-label');
  try {
    const scene = await transport.change(query(changes));
    clear('problem');
    if (restarts) {
      clear('diverged');
      show(scene);
    } else {
      takeView(scene);
    }
    if (what) say(restarts ? `${what}; starts again` : what);
  } catch (error) {
    revert();
    notice([error.message], 'problem', 'That does not go:');
  }
  // What was in focus may have been drawn anew.
  if (label && document.activeElement === document.body) {
    document.querySelector(`[aria-label="${CSS.escape(label)}"]`)?.focus();
  }
}

async function act(action, text) {
  try { await transport.act(action); if (text) say(text); } catch (error) { notice([error.message]); }
}

function showFrame({ scene, frame }) {
  if (!scene || !frame) return;
  byId('epoch-count').textContent = grouped(frame.epoch);
  byId('update-count').textContent = grouped(frame.updates);
  byId('rate-now').textContent = plain(frame.learningRate);
  byId('test-loss').textContent = short(frame.test.loss);
  byId('train-loss').textContent = short(frame.train.loss);
  const metric = (m) => (scene.classes ? `${(100 * (1 - m.accuracy)).toFixed(1)} %` : short(m.rmse));
  byId('test-metric').textContent = metric(frame.test);
  byId('train-metric').textContent = metric(frame.train);
  document.body.classList.toggle('playing', frame.isPlaying || frame.remaining > 0);
  const play = byId('play');
  const label = frame.isPlaying ? 'Pause' : 'Train';
  if (play.getAttribute('aria-label') !== label) {
    play.setAttribute('aria-label', label);
    play.title = `${label} (space)`;
    if (label === 'Train' && frame.updates > 0) {
      say(`Paused after epoch ${frame.epoch}: test ${scene.classes ? 'error' : 'RMSE'} ${metric(frame.test)}, test loss ${short(frame.test.loss)}`);
    }
  }
  byId('back').disabled = frame.updates === 0;
  if (frame.divergence && !notices.querySelector('.diverged')) {
    notice([frame.divergence.message, ...frame.divergence.advice], 'diverged', 'Training has come to an end');
  }
  if (!frame.isPlaying && frame.remaining === 0) {
    const own = address(frame.updates);
    if (own !== location.search) history.replaceState(null, '', own);
  }
}

function startButtons() {
  byId('play').addEventListener('click', () => act(store.frame?.isPlaying || store.frame?.remaining ? 'pause' : 'play', store.frame?.isPlaying ? '' : 'Training'));
  byId('step').addEventListener('click', () => act('step'));
  byId('epoch').addEventListener('click', () => act('epoch'));
  byId('back').addEventListener('click', () => act('back', 'One update back'));
  byId('reset').addEventListener('click', () => { clear('diverged'); act('reset', 'Started again'); });
  byId('more-layers').addEventListener('click', () => resize(1));
  byId('fewer-layers').addEventListener('click', () => resize(-1));
  byId('share').addEventListener('click', async () => {
    const link = location.origin + location.pathname + address(store.frame?.updates ?? 0);
    try { await navigator.clipboard.writeText(link); say('Link copied'); byId('share').textContent = 'Copied'; } catch { notice([link], 'info', 'The address of this picture:'); }
    setTimeout(() => { byId('share').textContent = 'Copy link'; }, 1500);
  });
  byId('open-table').addEventListener('click', () => byId('table-file').click());
  byId('table-file').addEventListener('change', (event) => { takeTable(event.target.files[0]); event.target.value = ''; });
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => { event.preventDefault(); takeTable(event.dataTransfer.files[0]); });
  addEventListener('keydown', shortcut);
}

async function takeTable(file) {
  if (!file) return;
  if (file.size > 5 << 20) { notice([`${file.name} has ${short(file.size / 2 ** 20)} MB; a table to watch has 5 at most.`]); return; }
  try {
    const scene = await transport.upload(file, query({ data: 'table', loss: 'auto', target: '', across: '', upwards: '' }));
    clear('problem');
    clear('diverged');
    show(scene);
    say(`${file.name}: ${scene.trainRows + scene.testRows} rows, predicting ${scene.target}`);
  } catch (error) {
    notice([error.message], 'problem', 'This table cannot be used:');
  }
}

function shortcut(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest('input, select, textarea, summary')) return;
  const button = { s: 'step', e: 'epoch', b: 'back', r: 'reset' }[event.key.toLowerCase()];
  if (event.key === 'Escape') select(null, 'click');
  else if (event.key === ' ' && !event.target.closest('button, a')) { event.preventDefault(); byId('play').click(); }
  else if (event.key.toLowerCase() === 'g') stepBackward();
  else if (button) byId(button).click();
}

async function start() {
  startTheme();
  startNetwork(change);
  startOutput();
  startCharts();
  startControls(change);
  startInspector();
  startBackward((message) => notice([message]));
  on('frame', showFrame);
  startButtons();
  try {
    show(await transport.open(location.search.slice(1)));
  } catch (error) {
    notice([error.message], 'problem', 'The playground cannot be opened:');
    return;
  }
  await transport.stream(takeFrame, () => notice(
    ['Somebody else needed the room, or the server has gone. Load the page again: the address brings the same picture back.'],
    'problem', 'This session has ended.'));
}

start();
