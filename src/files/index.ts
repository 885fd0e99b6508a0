export { temporaryName, writeFileAtomic, writeFolderAtomic } from './atomicFile.js';
