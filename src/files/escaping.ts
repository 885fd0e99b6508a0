const htmlMarks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A text as HTML or SVG shows it, between tags or as an attribute in double quotes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (mark) => htmlMarks[mark]);

/** A text in one line of Markdown: a bar would end a table's cell, the rest be read as marks of Markdown or HTML. */
export const escapeMarkdown = (text: string): string =>
  text.replace(/[\\|`*_[\]<>&]/g, (mark) => `\\${mark}`).replace(/\s+/g, ' ');

const csvCell = (value: string | number | null): string => {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Rows of CSV: cells that hold a comma, a quote or a line end are quoted (RFC 4180); null is an empty one. */
export const csvOf = (rows: readonly (readonly (string | number | null)[])[]): string =>
  rows.map((row) => `${row.map(csvCell).join(',')}\n`).join('');
