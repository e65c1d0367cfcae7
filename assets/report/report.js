'use strict';

// Tables: a click on a header sorts by its column, a second one the other way round; empty cells stay last.
const keyOf = (row, column) => {
  const { dataset, textContent } = row.cells[column];
  return dataset.value === undefined ? textContent : dataset.value === '' ? null : Number(dataset.value);
};

const compare = (a, b) =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });

function sortBy(header) {
  const table = header.closest('table');
  const direction = header.getAttribute('aria-sort') === 'ascending' ? 'descending' : 'ascending';
  for (const other of table.tHead.rows[0].cells) other.setAttribute('aria-sort', other === header ? direction : 'none');
  const sign = direction === 'ascending' ? 1 : -1;
  const rows = [...table.tBodies[0].rows].map((row) => ({ row, key: keyOf(row, header.cellIndex) }));
  const isEmpty = ({ key }) => key === null || key === '';
  rows.sort((a, b) => isEmpty(a) - isEmpty(b) || (isEmpty(a) ? 0 : sign * compare(a.key, b.key)));
  table.tBodies[0].append(...rows.map(({ row }) => row));
}

for (const button of document.querySelectorAll('th button')) {
  button.addEventListener('click', () => sortBy(button.closest('th')));
}

// Figures: what is pointed at, touched or reached by the arrow keys says what it is.
const tip = document.getElementById('tip');
const hide = () => {
  tip.hidden = true;
};

function show(mark) {
  const box = mark.getBoundingClientRect();
  tip.textContent = mark.dataset.says;
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = box.left + box.width / 2 - width / 2;
  const above = box.top - height - 6;
  tip.style.left = `${Math.max(4, Math.min(left, document.documentElement.clientWidth - width - 4))}px`;
  tip.style.top = `${above < 4 ? box.bottom + 6 : above}px`;
}

for (const figure of document.querySelectorAll('figure > .wide > svg')) {
  const marks = [...figure.querySelectorAll('title')].map((title) => {
    const mark = title.parentElement;
    mark.dataset.says = title.textContent;
    title.remove();
    return mark;
  });
  if (marks.length === 0) continue;
  figure.setAttribute('tabindex', '0');
  figure.setAttribute('aria-describedby', 'tip');
  let at = -1;
  figure.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === 'Escape') hide();
    if (step === undefined) return;
    event.preventDefault();
    at = Math.min(marks.length - 1, Math.max(0, at + step));
    show(marks[at]);
  });
  figure.addEventListener('blur', hide);
  for (const name of ['pointerover', 'pointerdown']) {
    figure.addEventListener(name, ({ target }) => {
      const mark = target.closest('[data-says]');
      if (mark) show(mark);
      else hide();
    });
  }
  figure.addEventListener('pointerleave', hide);
}
addEventListener('scroll', hide, { passive: true });
