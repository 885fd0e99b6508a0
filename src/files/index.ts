export { temporaryName, writeFileAtomic, writeFolderAtomic } from './atomicFile.js';
export { type JsonLine, readJsonLines } from './jsonLines.js';
