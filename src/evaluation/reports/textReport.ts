import type { ScoreTable, TabularReport } from './scoreTable.js';

function textTable({ protocol, columns, rows }: ScoreTable): string {
  const cells = [
    [protocol, 'samples', ...columns],
    ...rows.map(({ label, scores }) => [
      label,
      scores.samples.toLocaleString('en'),
      ...columns.map((column) => scores[column]?.toFixed(2) ?? '-'),
    ]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '),
    )
    .join('\n');
}

/** Scores as aligned columns for a terminal, in percent with two digits; `-` where nothing can be averaged. */
export function textReport({ description, tables }: TabularReport): string {
  const parts = tables.map((table) => (table.title === '' ? textTable(table) : `${table.title}\n${textTable(table)}`));
  return `${[...(description === null ? [] : [description]), ...parts].join('\n\n')}\n`;
}
