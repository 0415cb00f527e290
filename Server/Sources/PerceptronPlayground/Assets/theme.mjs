// Light or dark: as the system says, until told otherwise.

import { tell } from './store.mjs';

const dark = matchMedia('(prefers-color-scheme: dark)');
const saved = () => { try { return localStorage.getItem('theme'); } catch { return null; } };

export const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light')) === 'dark';

export function startTheme() {
  const own = saved();
  if (own) document.documentElement.dataset.theme = own;
  dark.addEventListener('change', () => tell('theme'));
  document.getElementById('theme').addEventListener('click', () => {
    const theme = isDark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    try { localStorage.setItem('theme', theme); } catch { /* private windows */ }
    tell('theme');
  });
}
