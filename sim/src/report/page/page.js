// What a reader can do with a page: see controls.rs. It changes what is shown, never what is said, and asks nobody.
(function () {
  'use strict';
  const root = document.documentElement;
  const by = (id) => document.getElementById(id);
  const controls = by('controls');
  if (!controls) return;
  const rows = Array.from(document.querySelectorAll('tr.row'));
  const between = Array.from(document.querySelectorAll('tr.fold, tr.alike'));
  const groups = Array.from(document.querySelectorAll('table.course tbody'));
  const chosen = ['q', 'party', 'process', 'pid', 'kind'].map(by).filter(Boolean);
  const instant = by('t');
  const shown = by('shown');
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  function stored(theme) {
    // A page that was opened from a disk may have no storage.
    try {
      if (theme) localStorage.setItem('theme', theme);
      return localStorage.getItem('theme');
    } catch (e) {
      return null;
    }
  }

  function matches(row) {
    const value = (id) => (by(id) ? by(id).value : '');
    const has = (id, list) => !value(id) || list.includes(value(id));
    const words = value('q').toLowerCase().split(/\s+/).filter(Boolean);
    const data = row.dataset;
    return has('party', (data.party || '').split('\n')) && has('process', [data.process]) && has('kind', [data.kind]) &&
      has('pid', (data.pid || '').split(' ')) && words.every((word) => texts.get(row).includes(word));
  }

  function apply() {
    const filtered = chosen.some((field) => field.value !== '');
    let count = 0;
    for (const row of rows) {
      row.hidden = filtered && !matches(row);
      if (!row.hidden) count += 1;
    }
    for (const row of between) row.hidden = filtered;
    for (const group of groups) group.hidden = filtered && !group.querySelector('tr.row:not([hidden])');
    shown.textContent = filtered ? count + ' of ' + rows.length + ' rows' : rows.length + ' rows';
  }

  function note() {
    const parts = chosen.filter((field) => field.value !== '').map((field) => field.id + '=' + encodeURIComponent(field.value));
    history.replaceState(null, '', '#' + parts.join('&'));
  }

  function mark(row, words) {
    for (const other of document.querySelectorAll('tr.here')) other.classList.remove('here');
    row.classList.add('here');
    row.hidden = false;
    if (row.parentElement) row.parentElement.hidden = false;
    row.scrollIntoView({ block: 'center' });
    row.focus({ preventScroll: true });
    if (words) shown.textContent = words;
  }

  // An instant as the clock on the wall in Berlin shows it, to the second; nothing when the text is none.
  function local(text) {
    let value = text.trim().replace(' ', 'T');
    if (/^\d{4}-\d\d-\d\d$/.test(value)) value += 'T00:00:00';
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(value)) value += ':00';
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(value)) return value;
    const at = new Date(value);
    if (!/(Z|[+-]\d\d:\d\d)$/.test(value) || Number.isNaN(at.getTime())) return null;
    return at.toLocaleString('sv-SE', { timeZone: 'Europe/Berlin' }).replace(' ', 'T');
  }

  function go(text) {
    const value = local(text);
    if (!value) {
      shown.textContent = '“' + text + '” is no instant: write 2025-12-24T23:59:59';
      return;
    }
    const exact = by('t=' + value);
    if (exact) return mark(exact, value + ': this row');
    const places = rows.concat(between).filter((row) => row.dataset.local && !row.hidden);
    places.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    const before = places.filter((row) => row.dataset.local.slice(0, 19) <= value);
    if (places.length === 0) return;
    if (before.length === 0) return mark(places[0], value + ' is before this first row');
    const last = before[before.length - 1];
    const after = last === places[places.length - 1] ? ' is after this last row' : ' lies behind this row';
    mark(last, value + (last.classList.contains('fold') ? ' lies in this silence' : after));
  }

  function read() {
    let hash = location.hash.slice(1);
    try {
      hash = decodeURIComponent(hash);
    } catch (e) {
      // As it stands, then.
    }
    const target = hash && by(hash);
    if (target) {
      if (target.tagName === 'TR') mark(target);
      return;
    }
    const asked = new URLSearchParams(location.hash.slice(1).replace(/\+/g, '%2B'));
    for (const field of chosen) {
      field.value = asked.get(field.id) || '';
      // A choice that this page does not have is none.
      if (field.selectedIndex === -1) field.value = '';
    }
    apply();
    if (asked.get('t')) {
      if (instant) instant.value = asked.get('t');
      go(asked.get('t'));
    }
  }

  function step(by) {
    const places = rows.filter((row) => !row.hidden);
    const at = places.indexOf(document.activeElement.closest('tr.row'));
    const next = places[Math.min(Math.max(at + by, 0), places.length - 1)];
    if (next) mark(next);
  }

  function all() {
    for (const field of chosen) field.value = '';
    if (instant) instant.value = '';
    note();
    apply();
  }

  function turn() {
    const now = root.dataset.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    root.dataset.theme = now === 'dark' ? 'light' : 'dark';
    stored(root.dataset.theme);
  }

  controls.hidden = false;
  const theme = stored();
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  controls.addEventListener('submit', (event) => event.preventDefault());
  for (const field of chosen) {
    field.addEventListener('input', () => {
      note();
      apply();
    });
  }
  if (instant) {
    instant.addEventListener('change', () => {
      if (instant.value) location.hash = 't=' + instant.value;
    });
  }
  by('clear').addEventListener('click', all);
  by('theme').addEventListener('click', turn);
  addEventListener('hashchange', read);
  addEventListener('keydown', (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === 'Escape') {
      all();
      document.activeElement.blur();
    } else if (event.ctrlKey || event.metaKey || event.altKey || typing) {
      return;
    } else if (event.key === '/') {
      event.preventDefault();
      by('q').focus();
    } else if (event.key === 'j' || event.key === 'k') {
      step(event.key === 'j' ? 1 : -1);
    }
  });
  apply();
  read();
})();
