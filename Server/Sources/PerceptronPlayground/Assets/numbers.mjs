// Numbers on their way from the engine to the eye.

const bytesOf = (text) => {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
};

/** Base 64 as bytes. */
export const bytes = (text) => bytesOf(text);
/** Base 64 as 64-bit numbers. */
export const doubles = (text) => new Float64Array(bytesOf(text).buffer);
/** Base 64 as 32-bit numbers. */
export const floats = (text) => new Float32Array(bytesOf(text).buffer);

/** A matrix as the engine sends it: rows, columns and values. */
export const matrix = (packed) => packed && {
  rows: packed.rows, columns: packed.columns, values: doubles(packed.values),
  at(i, j) { return this.values[i * this.columns + j]; },
};

/** A number that JSON may have had to write as a string. */
export const number = (value) =>
  typeof value === 'string'
    ? { nan: NaN, inf: Infinity, '-inf': -Infinity }[value] ?? Number(value) : value;

/** Some digits, a true minus, and powers of ten where a number is very large or small. */
export function short(value, digits = 3) {
  if (value === null || value === undefined) return '–';
  const v = number(value);
  if (Number.isNaN(v)) return 'NaN';
  if (!Number.isFinite(v)) return v > 0 ? '∞' : '−∞';
  if (v === 0) return '0';
  const size = Math.abs(v);
  let text;
  if (size >= 1e5 || size < 1e-4) {
    const [mantissa, exponent] = v.toExponential(Math.max(digits - 1, 0)).split('e');
    text = `${mantissa}·10${superscript(Number(exponent))}`;
  } else {
    text = v.toPrecision(digits);
    if (text.includes('e')) text = String(Number(text));
  }
  return text.replace('-', '−');
}

/** As few digits as tell a round number: `6`, `0.03`. */
export function plain(value) {
  const v = number(value);
  const size = Math.abs(v);
  return Number.isFinite(v) && v !== 0 && size < 1e7 && size >= 1e-5
    ? String(Number(v.toPrecision(4))).replace('-', '−') : short(v);
}

/** All digits that tell a number apart from others. */
export const full = (value) => String(number(value)).replace('-', '−');

const high = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const low = '₀₁₂₃₄₅₆₇₈₉';
const digitsIn = (set) => (n) =>
  [...String(n)].map((c) => (c === '-' ? (set === high ? '⁻' : '₋') : set[Number(c)])).join('');
export const superscript = digitsIn(high);
export const subscript = digitsIn(low);

/** A formula's text as nodes: a letter with a bar over it gets a line that every font draws. */
export function formula(text) {
  const nodes = [];
  let rest = '';
  // An Ā of one character becomes two, so that all bars look alike.
  for (const letter of text.normalize('NFD').split(/(?=[\s\S]\u0304)/u)) {
    const isBarred = letter[1] === '\u0304';
    if (!isBarred) { rest += letter; continue; }
    if (rest) nodes.push(rest);
    const node = document.createElement('span');
    node.className = 'bar-over';
    node.textContent = letter[0];
    nodes.push(node);
    rest = letter.slice(2);
  }
  if (rest) nodes.push(rest);
  return nodes;
}

/** Whole numbers with their thousands apart. */
export const grouped = (n) => n.toLocaleString('en-US');
