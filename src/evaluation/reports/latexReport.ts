import type { ScoreTable, TabularReport } from './scoreTable.js';

const special: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  // \textquotedbl is an error in LaTeX's usual encoding of fonts.
  '"': '\\symbol{34}',
};

/** A name as LaTeX sets it, character for character. */
const escapeLatex = (text: string): string =>
  text.replace(/[\\~^<>|"&%$#_{}]/g, (character) => special[character] ?? `\\${character}`).replace(/\s+/g, ' ');

/** A comment: one line, whatever stands in it. */
const comment = (text: string): string => `% ${text.replace(/\s+/g, ' ')}`;

function latexTable({ protocol, title, columns, rows }: ScoreTable): string {
  const line = (cells: readonly string[]): string => `${cells.join(' & ')} \\\\`;
  const body = rows.flatMap(({ group, label, scores }, place) => {
    const cells = [
      escapeLatex(label),
      String(scores.samples),
      ...columns.map((column) => scores[column]?.toFixed(2) ?? '--'),
    ];
    const isNewGroup = place > 0 && rows[place - 1].group !== group;
    return isNewGroup ? ['\\midrule', line(cells)] : [line(cells)];
  });
  return [
    ...(title === '' ? [] : [comment(title)]),
    `\\begin{tabular}{l${'r'.repeat(columns.length + 1)}}`,
    '\\toprule',
    line([protocol, 'samples', ...columns.map(escapeLatex)]),
    '\\midrule',
    ...body,
    '\\bottomrule',
    '\\end{tabular}',
  ].join('\n');
}

/** Scores as `tabular`s of LaTeX (`\usepackage{booktabs}`), in percent with two digits. */
export function latexReport({ description, tables }: TabularReport): string {
  const head = [comment('needs \\usepackage{booktabs}'), ...(description === null ? [] : [comment(description)])];
  return `${head.join('\n')}\n${tables.map(latexTable).join('\n\n')}\n`;
}
