export { createRandom, hash32, type Random } from './random.js';
