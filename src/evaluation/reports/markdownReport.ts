import type { ScoreTable, TabularReport } from './scoreTable.js';

/** A name in a cell: a bar would end it, and the rest would be read as marks of Markdown or HTML. */
export const escapeMarkdown = (text: string): string =>
  text.replace(/[\\|`*_[\]<>&]/g, (character) => `\\${character}`).replace(/\s+/g, ' ');

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function markdownTable({ protocol, columns, rows }: ScoreTable): string {
  return [
    row([protocol, 'samples', ...columns]),
    row(['---', '---:', ...columns.map(() => '---:')]),
    ...rows.map(({ label, scores }) =>
      row([
        escapeMarkdown(label),
        String(scores.samples),
        ...columns.map((column) => scores[column]?.toFixed(2) ?? '-'),
      ]),
    ),
  ].join('\n');
}

/** Scores as tables of Markdown, in percent with two digits; `-` where nothing can be averaged. */
export function markdownReport({ description, tables }: TabularReport): string {
  const parts = tables.map((table) => {
    const text = markdownTable(table);
    return table.title === '' ? text : `${escapeMarkdown(table.title)}\n\n${text}`;
  });
  return `${[...(description === null ? [] : [escapeMarkdown(description)]), ...parts].join('\n\n')}\n`;
}
