/** Colours of Okabe and Ito, told apart with every kind of colour vision; in the order in which the nodes are sorted. */
export const nodeClasses = [
  { class: 'important', colour: '#0072b2', says: 'important: worse without it' },
  { class: 'zero', colour: '#7f7f7f', says: 'zero: within the tolerances (band)' },
  { class: 'worse', colour: '#d55e00', says: 'worse: better without it' },
] as const;

export const ink = {
  text: '#1a1a1a',
  soft: '#5c5c5c',
  line: '#b8b8b8',
  grid: '#ececec',
  band: '#f5efdb',
  background: '#ffffff',
} as const;
