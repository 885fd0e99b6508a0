export { temporaryName, writeFileAtomic, writeFolderAtomic } from './atomicFile.js';
export { csvOf, escapeHtml, escapeMarkdown } from './escaping.js';
export { explainFullDisk } from './fullDisk.js';
export { type JsonLine, readJsonLines } from './jsonLines.js';
export { createLineFile, type LineFile } from './lineFile.js';
export { readLines, type TextLine } from './lines.js';
export { parseJsonOrNull } from './parseJson.js';
export { readIfThere } from './readIfThere.js';
